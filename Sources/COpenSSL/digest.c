#include "digest.h"
#include <openssl/evp.h>

_Static_assert(JOBD_DIGEST_MAX >= EVP_MAX_MD_SIZE, "a digest must fit");

size_t jobd_digest(const char *name, const uint8_t *bytes, size_t count, uint8_t *digest) {
  EVP_MD *algorithm = EVP_MD_fetch(NULL, name, NULL);
  if (algorithm == NULL) {
    return 0;
  }
  unsigned int length = 0;
  int done = EVP_Digest(bytes, count, digest, &length, algorithm, NULL);
  EVP_MD_free(algorithm);
  return done == 1 ? length : 0;
}
