#pragma once
#include <stddef.h>
#include "digest.h"
#include "sha256.h"
