#pragma once

/// The hook of Swift's concurrency runtime that every task of the global executor goes through (its `Concurrency.h`). A
/// reference for the linker and not a name for dlsym(3), so that no way to link leaves it out of the program.
void *_Nullable *_Nonnull jobd_enqueue_global_hook(void);
