#pragma once
#include <stddef.h>
#include "digest.h"
