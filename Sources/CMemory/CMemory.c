#define _GNU_SOURCE
#include "CMemory.h"

#include <stdint.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
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

#ifdef __GLIBC__
static int release_code(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size, (void)unused;
  // The program itself has no name; what has one without a folder is the kernel's (vdso(7)).
  if (object->dlpi_name[0] != '\0' && object->dlpi_name[0] != '/') return 0;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    // What the loader or the program writes to is not in the file.
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
    uintptr_t first = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
    uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz + page - 1) & ~(page - 1);
    // One that the kernel does not let go of stays.
    madvise((void *)first, end - first, MADV_DONTNEED);
  }
  return 0;
}
#endif

void jobd_release_code(void) {
#ifdef __GLIBC__
  dl_iterate_phdr(release_code, NULL);
#endif
}
