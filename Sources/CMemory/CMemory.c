#include "CMemory.h"

// Some header of the C library, for __GLIBC__.
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void jobd_keep_large_blocks_apart(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
#endif
}

void jobd_release_free_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
