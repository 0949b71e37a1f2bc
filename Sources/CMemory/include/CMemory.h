#pragma once

/// Gives memory that was freed back to the system (malloc_trim(3)); nothing where the C library cannot.
void jobd_release_free_memory(void);
