#pragma once
#include <stddef.h>
#include "sha256.h"
