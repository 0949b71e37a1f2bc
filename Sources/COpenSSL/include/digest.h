#pragma once
#include <stddef.h>
#include <stdint.h>

/// The longest digest that jobd_digest writes.
#define JOBD_DIGEST_MAX 64

/// Writes the digest of the bytes, by OpenSSL's name of the algorithm ("SHA256"), and returns its length;
/// 0 where OpenSSL does not know the algorithm or its configuration forbids it.
size_t jobd_digest(const char *name, const uint8_t *bytes, size_t count, uint8_t *digest);
