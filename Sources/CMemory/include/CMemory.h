#pragma once

/// Keeps blocks of 128 kB and more apart from small ones for the whole life of the process, so that each goes back to
/// the system as soon as it is freed. The C library's own threshold rises to the largest block that was ever freed,
/// up to 32 MB: then large arrays of a start leave holes that small blocks settle in (mallopt(3), M_MMAP_THRESHOLD).
/// What is free at the end of the heap stays there as it would else, until jobd_release_free_memory (M_TRIM_THRESHOLD).
void jobd_keep_large_blocks_apart(void);

/// Gives memory that was freed back to the system (malloc_trim(3)); nothing where the C library cannot.
void jobd_release_free_memory(void);

/// Takes the pages of the program and its libraries that are as they are in their files out of the process (madvise(2),
/// MADV_DONTNEED); the kernel maps again what is entered again, without reading it anew. A start enters many functions
/// that nothing enters later, and with each of them the kernel maps sixteen pages.
void jobd_release_code(void);
