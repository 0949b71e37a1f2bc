#include "disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static sqlite3_vfs *below;
static sqlite3_vfs vfs;

static handle *lock(sqlite3_file *base) {
  handle *h = (handle *)base;
  pthread_mutex_lock(&h->disk->mutex);
  return h;
}

static int unlock(handle *h, int result) {
  pthread_mutex_unlock(&h->disk->mutex);
  return result;
}

/// Lets an operation begin: SQLITE_OK, or the code with which it fails. `error` is the operation's own.
static int begin(jobd_disk *disk, int operation, int owner, int error, int *written) {
  fault fault;
  if (disk_strikes(disk, operation, owner, &fault)) {
    if (written) *written = fault.written;
    switch (fault.failure) {
    case jobd_disk_fails_full: return operation == jobd_disk_write ? SQLITE_FULL : error;
    case jobd_disk_fails_io: return error;
    // The caller kills, once the write's beginning is written.
    case jobd_disk_fails_killed:
    case jobd_disk_fails_power: return -1 - (int)fault.failure;
    }
  }
  return disk->state == jobd_disk_failing ? error : SQLITE_OK;
}

/// What SQLite hears of an operation, after the deaths that came with it.
static int end(jobd_disk *disk, int result, int owner, int error) {
  if (result >= 0) return result;
  disk_kill(disk, result == -1 - (int)jobd_disk_fails_power ? -1 : owner);
  return error;
}

// MARK: - A file

static int disk_close(sqlite3_file *base) {
  handle *h = lock(base);
  jobd_disk *disk = h->disk;
  int result = real(h)->pMethods->xClose(real(h));
  handle **place = &disk->handles;
  while (*place != h) place = &(*place)->next;
  *place = h->next;
  h->file->handles--;
  files_tidy(disk);
  pthread_mutex_unlock(&disk->mutex);
  disk_release(disk);
  return result;
}

static int disk_read(sqlite3_file *base, void *bytes, int amount, sqlite3_int64 offset) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, SQLITE_IOERR_READ);
  return unlock(h, real(h)->pMethods->xRead(real(h), bytes, amount, offset));
}

static int disk_write(sqlite3_file *base, const void *bytes, int amount, sqlite3_int64 offset) {
  handle *h = lock(base);
  jobd_disk *disk = h->disk;
  if (h->is_dead) return unlock(h, SQLITE_IOERR_WRITE);
  disk->counts.writes++;
  int length = 0, result = begin(disk, jobd_disk_write, h->owner, SQLITE_IOERR_WRITE, &length);
  if (result == SQLITE_OK) {
    length = amount;
    sqlite3_int64 size;
    if (disk->state == jobd_disk_full && real(h)->pMethods->xFileSize(real(h), &size) == SQLITE_OK
        && offset + amount > size) {
      result = SQLITE_FULL;
      length = size > offset ? (int)(size - offset) : 0;
    }
  }
  if (length > amount) length = amount;
  if (length > 0) {
    int kept = file_keep(h, offset, length);
    if (kept == SQLITE_OK) kept = real(h)->pMethods->xWrite(real(h), bytes, length, offset);
    if (kept != SQLITE_OK) return unlock(h, kept);
    disk->counts.bytes += length;
  }
  return unlock(h, end(disk, result, h->owner, SQLITE_IOERR_WRITE));
}

static int disk_truncate(sqlite3_file *base, sqlite3_int64 size) {
  handle *h = lock(base);
  jobd_disk *disk = h->disk;
  if (h->is_dead) return unlock(h, SQLITE_IOERR_TRUNCATE);
  disk->counts.truncations++;
  int result = begin(disk, jobd_disk_truncate, h->owner, SQLITE_IOERR_TRUNCATE, NULL);
  if (result != SQLITE_OK) return unlock(h, end(disk, result, h->owner, SQLITE_IOERR_TRUNCATE));
  sqlite3_int64 old_size;
  result = real(h)->pMethods->xFileSize(real(h), &old_size);
  if (result == SQLITE_OK) result = file_keep(h, size, old_size > size ? old_size - size : 0);
  if (result == SQLITE_OK) result = real(h)->pMethods->xTruncate(real(h), size);
  return unlock(h, result);
}

static int disk_sync(sqlite3_file *base, int flags) {
  handle *h = lock(base);
  jobd_disk *disk = h->disk;
  if (h->is_dead) return unlock(h, SQLITE_IOERR_FSYNC);
  disk->counts.syncs++;
  int result = begin(disk, jobd_disk_sync, h->owner, SQLITE_IOERR_FSYNC, NULL);
  if (result == SQLITE_OK) result = real(h)->pMethods->xSync(real(h), flags);
  if (result != SQLITE_OK) return unlock(h, end(disk, result, h->owner, SQLITE_IOERR_FSYNC));
  file_forget_undo(h->file);
  // SQLite's own VFS brings the folder to the disk with the first sync of a log or journal that it has made.
  if (h->file->made) folder_synced(disk);
  return unlock(h, SQLITE_OK);
}

static int disk_file_size(sqlite3_file *base, sqlite3_int64 *size) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, SQLITE_IOERR_FSTAT);
  return unlock(h, real(h)->pMethods->xFileSize(real(h), size));
}

static int disk_lock(sqlite3_file *base, int level) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, SQLITE_IOERR_LOCK);
  return unlock(h, real(h)->pMethods->xLock(real(h), level));
}

static int disk_unlock(sqlite3_file *base, int level) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, SQLITE_OK);
  return unlock(h, real(h)->pMethods->xUnlock(real(h), level));
}

static int disk_check_reserved_lock(sqlite3_file *base, int *is_reserved) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, SQLITE_IOERR_CHECKRESERVEDLOCK);
  return unlock(h, real(h)->pMethods->xCheckReservedLock(real(h), is_reserved));
}

static int disk_file_control(sqlite3_file *base, int operation, void *argument) {
  handle *h = lock(base);
  switch (operation) {
  // What would change the file past xWrite, or map it.
  case SQLITE_FCNTL_SIZE_HINT:
  case SQLITE_FCNTL_CHUNK_SIZE:
  case SQLITE_FCNTL_MMAP_SIZE: return unlock(h, SQLITE_NOTFOUND);
  default: return unlock(h, real(h)->pMethods->xFileControl(real(h), operation, argument));
  }
}

static int disk_sector_size(sqlite3_file *base) {
  handle *h = lock(base);
  return unlock(h, real(h)->pMethods->xSectorSize(real(h)));
}

static int disk_device_characteristics(sqlite3_file *base) {
  handle *h = lock(base);
  return unlock(h, real(h)->pMethods->xDeviceCharacteristics(real(h)));
}

// MARK: - The index of the write-ahead log

static int disk_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **map) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, SQLITE_IOERR_SHMMAP);
  int result = real(h)->pMethods->xShmMap(real(h), region, size, extend, map);
  if (region == 0 && result == SQLITE_OK) h->index = *map;
  return unlock(h, result);
}

static int disk_shm_lock(sqlite3_file *base, int offset, int count, int flags) {
  handle *h = lock(base);
  if (h->is_dead) return unlock(h, flags & SQLITE_SHM_UNLOCK ? SQLITE_OK : SQLITE_IOERR_SHMLOCK);
  int result = real(h)->pMethods->xShmLock(real(h), offset, count, flags);
  if (result == SQLITE_OK) {
    unsigned bits = ((1u << count) - 1) << offset;
    unsigned *held = flags & SQLITE_SHM_EXCLUSIVE ? &h->exclusive : &h->shared;
    *held = flags & SQLITE_SHM_LOCK ? *held | bits : *held & ~bits;
  }
  return unlock(h, result);
}

static void disk_shm_barrier(sqlite3_file *base) {
  handle *h = (handle *)base;
  real(h)->pMethods->xShmBarrier(real(h));
}

static int disk_shm_unmap(sqlite3_file *base, int delete) {
  handle *h = lock(base);
  h->index = NULL;
  return unlock(h, real(h)->pMethods->xShmUnmap(real(h), delete && !h->is_dead));
}

/// Version 2: without xFetch, so that SQLite never maps the file itself.
static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = disk_close,
  .xRead = disk_read,
  .xWrite = disk_write,
  .xTruncate = disk_truncate,
  .xSync = disk_sync,
  .xFileSize = disk_file_size,
  .xLock = disk_lock,
  .xUnlock = disk_unlock,
  .xCheckReservedLock = disk_check_reserved_lock,
  .xFileControl = disk_file_control,
  .xSectorSize = disk_sector_size,
  .xDeviceCharacteristics = disk_device_characteristics,
  .xShmMap = disk_shm_map,
  .xShmLock = disk_shm_lock,
  .xShmBarrier = disk_shm_barrier,
  .xShmUnmap = disk_shm_unmap,
};

// MARK: - The folder

/// With the disk's mutex held.
static int open_on(jobd_disk *disk, int owner, const char *name, const char *path, handle *h, int flags, int *out) {
  if (disk_owner_is_dead(disk, owner)) return SQLITE_CANTOPEN;
  struct stat status;
  int is_there = stat(path, &status) == 0;
  int result = below->xOpen(below, path, real(h), flags, out);
  if (result != SQLITE_OK) {
    if (real(h)->pMethods) real(h)->pMethods->xClose(real(h));
    return result;
  }
  file *file = file_named(disk, name);
  if (!file) {
    real(h)->pMethods->xClose(real(h));
    return SQLITE_NOMEM;
  }
  if (!is_there) file->made = ++disk->moment;
  file->handles++;
  *h = (handle){.base.pMethods = &methods, .next = disk->handles, .disk = disk, .file = file, .owner = owner};
  disk->handles = h;
  return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *ignored, const char *path, sqlite3_file *base, int flags, int *out) {
  (void)ignored;
  int owner;
  const char *name;
  jobd_disk *disk = disk_of_path(path, &owner, &name);
  if (!disk) return below->xOpen(below, path, base, flags, out);
  handle *h = (handle *)base;
  memset(h, 0, sizeof *h);
  pthread_mutex_lock(&disk->mutex);
  int result = open_on(disk, owner, name, path, h, flags, out);
  pthread_mutex_unlock(&disk->mutex);
  // The handle keeps the disk.
  if (result != SQLITE_OK) disk_release(disk);
  return result;
}

/// Moves the file away, so that a power failure can bring it back.
static int delete_on(jobd_disk *disk, const char *name, const char *path, int sync_folder) {
  struct stat status;
  if (stat(path, &status) != 0) return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  file *file = file_named(disk, name);
  char *moved = sqlite3_mprintf("%s/deleted/%llu", disk->folder, (unsigned long long)(disk->moment + 1));
  if (!file || !moved) {
    sqlite3_free(moved);
    return SQLITE_NOMEM;
  }
  if (rename(path, moved) != 0) {
    sqlite3_free(moved);
    return SQLITE_IOERR_DELETE;
  }
  sqlite3_free(file->path);
  file->path = moved;
  file->deleted = ++disk->moment;
  if (sync_folder) folder_synced(disk);
  return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *ignored, const char *path, int sync_folder) {
  (void)ignored;
  int owner;
  const char *name;
  jobd_disk *disk = disk_of_path(path, &owner, &name);
  if (!disk) return below->xDelete(below, path, sync_folder);
  pthread_mutex_lock(&disk->mutex);
  int result = SQLITE_IOERR_DELETE;
  if (!disk_owner_is_dead(disk, owner)) {
    disk->counts.deletions++;
    result = begin(disk, jobd_disk_delete, owner, SQLITE_IOERR_DELETE, NULL);
    if (result == SQLITE_OK) result = delete_on(disk, name, path, sync_folder);
    result = end(disk, result, owner, SQLITE_IOERR_DELETE);
  }
  pthread_mutex_unlock(&disk->mutex);
  disk_release(disk);
  return result;
}

static int vfs_access(sqlite3_vfs *ignored, const char *path, int flags, int *answer) {
  (void)ignored;
  int owner;
  const char *name;
  jobd_disk *disk = disk_of_path(path, &owner, &name);
  if (!disk) return below->xAccess(below, path, flags, answer);
  pthread_mutex_lock(&disk->mutex);
  int is_dead = disk_owner_is_dead(disk, owner);
  pthread_mutex_unlock(&disk->mutex);
  disk_release(disk);
  return is_dead ? SQLITE_IOERR_ACCESS : below->xAccess(below, path, flags, answer);
}

/// A path on a disk stays as it is: the system's VFS would follow the owner's link, and the owner be lost.
static int vfs_full_pathname(sqlite3_vfs *ignored, const char *path, int size, char *full) {
  (void)ignored;
  int owner;
  const char *name;
  jobd_disk *disk = disk_of_path(path, &owner, &name);
  if (!disk) return below->xFullPathname(below, path, size, full);
  disk_release(disk);
  if (strlen(path) >= (size_t)size) return SQLITE_CANTOPEN;
  strcpy(full, path);
  return SQLITE_OK;
}

static int installed = SQLITE_ERROR;

static void install(void) {
  below = sqlite3_vfs_find(NULL);
  if (!below) return;
  vfs = *below;
  vfs.zName = "simulated-disk";
  vfs.szOsFile = (int)sizeof(handle) + below->szOsFile;
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_pathname;
  installed = sqlite3_vfs_register(&vfs, 1);
}

int jobd_disk_install(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  return installed;
}
