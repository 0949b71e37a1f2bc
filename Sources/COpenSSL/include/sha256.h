#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// SHA-256, its HMAC and a comparison, as typed functions over OpenSSL's EVP interface
// (EVP_DigestInit(3), HMAC(3), CRYPTO_memcmp(3)). Each returns false only where OpenSSL could not
// allocate memory or its provider refuses the algorithm.

/// Writes the 32 bytes of SHA-256 of `data`.
bool jobd_sha256(const void *_Nullable data, size_t length, uint8_t *_Nonnull digest);

/// Writes the 32 bytes of HMAC-SHA-256 (RFC 2104) of `data` under `key`.
bool jobd_hmac_sha256(const void *_Nullable key, size_t keyLength, const void *_Nullable data, size_t length,
                      uint8_t *_Nonnull digest);

/// Whether two buffers hold the same bytes, in a time that does not depend on where they differ.
bool jobd_equal_in_constant_time(const void *_Nullable left, const void *_Nullable right, size_t length);
