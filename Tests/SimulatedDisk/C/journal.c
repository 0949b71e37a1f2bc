#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { sector = 512 };

// MARK: - What is not durable

static file *file_make(jobd_disk *disk, const char *name, const char *path, ino_t inode) {
  file *added = calloc(1, sizeof *added);
  char *own_name = sqlite3_mprintf("%s", name), *own_path = sqlite3_mprintf("%s", path);
  if (!added || !own_name || !own_path) {
    free(added);
    sqlite3_free(own_name);
    sqlite3_free(own_path);
    return NULL;
  }
  added->next = disk->files;
  added->name = own_name;
  added->path = own_path;
  added->inode = inode;
  disk->files = added;
  return added;
}

file *file_named(jobd_disk *disk, const char *name) {
  char *path = sqlite3_mprintf("%s/files/%s", disk->folder, name);
  struct stat status;
  if (!path || stat(path, &status) != 0) {
    sqlite3_free(path);
    return NULL;
  }
  file *found = disk->files;
  for (; found; found = found->next) {
    if (found->is_gone || found->deleted || strcmp(found->name, name) != 0) continue;
    if (found->inode == status.st_ino) break;
    // Somebody has put another file there, past SQLite.
    file_forget_undo(found);
    found->made = 0;
    found->is_gone = 1;
  }
  if (!found) found = file_make(disk, name, path, status.st_ino);
  sqlite3_free(path);
  return found;
}

void file_forget_undo(file *file) {
  while (file->undo) {
    undo *newest = file->undo;
    file->undo = newest->older;
    free(newest);
  }
}

void files_tidy(jobd_disk *disk) {
  file **place = &disk->files;
  while (*place) {
    file *file = *place;
    if (file->handles > 0 || file->undo || file->made || file->deleted) {
      place = &file->next;
      continue;
    }
    *place = file->next;
    sqlite3_free(file->name);
    sqlite3_free(file->path);
    free(file);
  }
}

int file_keep(handle *h, sqlite3_int64 offset, sqlite3_int64 length) {
  sqlite3_int64 size;
  int result = real(h)->pMethods->xFileSize(real(h), &size);
  if (result != SQLITE_OK) return result;
  undo *kept = malloc(sizeof *kept + (size_t)length);
  if (!kept) return SQLITE_NOMEM;
  if (length > 0) {
    // Beyond the file's end it reads zeros.
    result = real(h)->pMethods->xRead(real(h), kept->bytes, (int)length, offset);
    if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ) {
      free(kept);
      return result;
    }
  }
  kept->older = h->file->undo;
  kept->moment = ++h->disk->moment;
  kept->offset = offset;
  kept->length = length;
  kept->old_size = size;
  h->file->undo = kept;
  return SQLITE_OK;
}

void folder_synced(jobd_disk *disk) {
  for (file *file = disk->files; file; file = file->next) {
    file->made = 0;
    if (!file->deleted) continue;
    unlink(file->path);
    file_forget_undo(file);
    file->deleted = 0;
    file->is_gone = 1;
  }
  files_tidy(disk);
}

// MARK: - The power failure

typedef struct {
  jobd_disk_loss loss;
  /// What came later is lost.
  uint64_t latest;
  jobd_disk_choose choose;
  void *context;
} cut;

/// The number of the first so many changes that a sector, or the size, keeps.
static int kept(const cut *cut, int changes, int before, int is_struck) {
  switch (cut->loss) {
  case jobd_disk_loses_nothing: return changes;
  case jobd_disk_loses_everything: return 0;
  case jobd_disk_loses_latest: return before + (is_struck ? cut->choose(cut->context, 2) : 0);
  case jobd_disk_loses_sectors: return cut->choose(cut->context, changes + 1);
  }
  return changes;
}

/// Of one sector's changes: how many there are, how many before the cut's moment, whether one just at it.
typedef struct {
  int changes, before, is_struck;
} history;

static void add(history *history, const undo *entry, const cut *cut) {
  history->changes++;
  history->before += entry->moment < cut->latest;
  history->is_struck |= entry->moment == cut->latest;
}

/// The file's content and size as the power failure leaves them; both arrays are as long as they must be.
static sqlite3_int64 revert(
  const file *file, const cut *cut, unsigned char *bytes, sqlite3_int64 size, history *sectors, sqlite3_int64 count) {
  history sizes = {0};
  for (const undo *entry = file->undo; entry; entry = entry->older) {
    add(&sizes, entry, cut);
    if (entry->length == 0) continue;
    for (sqlite3_int64 i = entry->offset / sector; i <= (entry->offset + entry->length - 1) / sector; i++)
      add(&sectors[i], entry, cut);
  }
  for (sqlite3_int64 i = 0; i < count; i++) {
    if (sectors[i].changes > 0)
      sectors[i].before = kept(cut, sectors[i].changes, sectors[i].before, sectors[i].is_struck);
  }
  // Of any size that the file has had, the last one leaves most of the torn content to be seen.
  if (cut->loss == jobd_disk_loses_sectors && cut->choose(cut->context, 2)) sizes.before = sizes.changes;
  else sizes.before = kept(cut, sizes.changes, sizes.before, sizes.is_struck);
  // From the newest change back to the oldest.
  for (const undo *entry = file->undo; entry; entry = entry->older) {
    if (sizes.changes-- > sizes.before) size = entry->old_size;
    sqlite3_int64 place = entry->offset, end = entry->offset + entry->length;
    while (place < end) {
      sqlite3_int64 next = (place / sector + 1) * sector;
      if (next > end) next = end;
      history *history = &sectors[place / sector];
      if (history->changes-- > history->before)
        memcpy(bytes + place, entry->bytes + (place - entry->offset), (size_t)(next - place));
      place = next;
    }
  }
  return size;
}

static int read_all(int descriptor, unsigned char *bytes, sqlite3_int64 size) {
  for (sqlite3_int64 done = 0; done < size;) {
    ssize_t amount = pread(descriptor, bytes + done, (size_t)(size - done), done);
    if (amount <= 0) return amount == 0 ? EIO : errno;
    done += amount;
  }
  return 0;
}

static int write_all(int descriptor, const unsigned char *bytes, sqlite3_int64 size) {
  for (sqlite3_int64 done = 0; done < size;) {
    ssize_t amount = pwrite(descriptor, bytes + done, (size_t)(size - done), done);
    if (amount < 0) return errno;
    done += amount;
  }
  return ftruncate(descriptor, size) == 0 ? 0 : errno;
}

static int rewrite(int descriptor, const file *file, const cut *cut) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return errno;
  sqlite3_int64 extent = status.st_size;
  for (const undo *entry = file->undo; entry; entry = entry->older) {
    if (entry->offset + entry->length > extent) extent = entry->offset + entry->length;
    if (entry->old_size > extent) extent = entry->old_size;
  }
  sqlite3_int64 count = extent / sector + 1;
  unsigned char *bytes = calloc(1, (size_t)extent + 1);
  history *sectors = calloc((size_t)count, sizeof *sectors);
  int error = bytes && sectors ? read_all(descriptor, bytes, status.st_size) : ENOMEM;
  if (error == 0) {
    sqlite3_int64 size = revert(file, cut, bytes, status.st_size, sectors, count);
    error = write_all(descriptor, bytes, size);
  }
  free(bytes);
  free(sectors);
  return error;
}

static int revert_file(const file *file, const cut *cut) {
  if (!file->undo || file->is_gone) return 0;
  int descriptor = open(file->path, O_RDWR | O_CLOEXEC);
  // A file that somebody has removed or renamed past SQLite is none of the disk's any more.
  if (descriptor < 0) return errno == ENOENT ? 0 : errno;
  int error = rewrite(descriptor, file, cut);
  close(descriptor);
  return error;
}

/// The folder's changes come to the disk in their order: what is made and deleted later than this is not there.
static uint64_t folder_moment(jobd_disk *disk, const cut *cut) {
  switch (cut->loss) {
  case jobd_disk_loses_nothing: return disk->moment;
  case jobd_disk_loses_everything: return 0;
  case jobd_disk_loses_latest: return cut->latest;
  case jobd_disk_loses_sectors: break;
  }
  int changes = 0;
  for (file *file = disk->files; file; file = file->next) changes += (file->made != 0) + (file->deleted != 0);
  int lost = cut->choose(cut->context, changes + 1);
  uint64_t moment = disk->moment;
  // The latest of those that are earlier than the one before.
  for (; lost > 0; lost--) {
    uint64_t latest = 0;
    for (file *file = disk->files; file; file = file->next) {
      if (file->made <= moment && file->made > latest) latest = file->made;
      if (file->deleted <= moment && file->deleted > latest) latest = file->deleted;
    }
    moment = latest - 1;
  }
  return moment;
}

static int revert_folder(jobd_disk *disk, uint64_t moment) {
  for (file *file = disk->files; file; file = file->next) {
    int was_lost = file->made > moment, is_gone_for_good = file->deleted && file->deleted <= moment;
    if ((was_lost || is_gone_for_good) && unlink(file->path) != 0 && errno != ENOENT) return errno;
    if (was_lost) file->deleted = 0;
  }
  for (file *file = disk->files; file; file = file->next) {
    if (file->deleted <= moment) continue;
    char *path = sqlite3_mprintf("%s/files/%s", disk->folder, file->name);
    int error = !path ? ENOMEM : rename(file->path, path) == 0 ? 0 : errno;
    sqlite3_free(path);
    if (error != 0) return error;
  }
  return 0;
}

/// A moment since the oldest change that may be lost.
static uint64_t some_moment(jobd_disk *disk, jobd_disk_choose choose, void *context) {
  uint64_t oldest = disk->moment + 1;
  for (file *file = disk->files; file; file = file->next) {
    for (undo *entry = file->undo; entry; entry = entry->older) {
      if (entry->moment < oldest) oldest = entry->moment;
    }
    if (file->made && file->made < oldest) oldest = file->made;
    if (file->deleted && file->deleted < oldest) oldest = file->deleted;
  }
  return oldest + (uint64_t)choose(context, (int)(disk->moment + 2 - oldest));
}

int jobd_disk_cut_power(jobd_disk *disk, jobd_disk_loss loss, jobd_disk_choose choose, void *context) {
  pthread_mutex_lock(&disk->mutex);
  disk_kill(disk, -1);
  cut cut = {.loss = loss, .choose = choose, .context = context};
  if (loss == jobd_disk_loses_latest) cut.latest = some_moment(disk, choose, context);
  int error = 0;
  for (file *file = disk->files; file && error == 0; file = file->next) error = revert_file(file, &cut);
  if (error == 0) error = revert_folder(disk, folder_moment(disk, &cut));
  for (file *file = disk->files; file; file = file->next) {
    file_forget_undo(file);
    file->made = file->deleted = 0;
    file->is_gone = 1;
  }
  // The index of the log is made anew by whoever opens the database next. Where a dead handle has it mapped
  // still, it is this process's one index of the file, and must be seen to hold nothing.
  for (handle *h = disk->handles; h; h = h->next) {
    if (h->index) memset((void *)h->index, 0, 136);
  }
  files_tidy(disk);
  pthread_mutex_unlock(&disk->mutex);
  return error;
}
