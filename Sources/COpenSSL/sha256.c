#include "sha256.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

bool jobd_sha256(const void *data, size_t length, uint8_t *digest) {
  unsigned int written = 0;
  const void *bytes = data ? data : "";
  return EVP_Digest(bytes, length, digest, &written, EVP_sha256(), NULL) == 1 && written == 32;
}

bool jobd_hmac_sha256(const void *key, size_t keyLength, const void *data, size_t length, uint8_t *digest) {
  if (keyLength > INT_MAX) return false;
  unsigned int written = 0;
  const void *keyBytes = key ? key : "";
  const void *bytes = data ? data : "";
  return HMAC(EVP_sha256(), keyBytes, (int)keyLength, bytes, length, digest, &written) != NULL && written == 32;
}

bool jobd_equal_in_constant_time(const void *left, const void *right, size_t length) {
  return length == 0 || CRYPTO_memcmp(left, right, length) == 0;
}
