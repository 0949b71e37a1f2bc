#pragma once
#include "CSimulatedDisk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

/// What a write or a truncation has overwritten: the bytes of the file, which goes on in zeros beyond its end.
typedef struct undo {
  struct undo *older;
  uint64_t moment;
  sqlite3_int64 offset, length, old_size;
  unsigned char bytes[];
} undo;

/// One file, for as long as it has handles or something that is not durable.
typedef struct file {
  struct file *next;
  char *name;
  /// Where it is: FOLDER/files/NAME, or FOLDER/deleted/MOMENT.
  char *path;
  ino_t inode;
  /// The newest first, back to the last sync.
  undo *undo;
  /// When it was made and deleted; 0 where that is durable or was not done.
  uint64_t made, deleted;
  int handles;
  /// Its name stands for another file by now, or for none.
  int is_gone;
} file;

/// A file handle of SQLite's; the system's own handle follows it in memory.
typedef struct handle {
  sqlite3_file base;
  struct handle *next;
  jobd_disk *disk;
  file *file;
  int owner;
  int is_dead;
  /// One bit for each lock of the write-ahead log's index.
  unsigned shared, exclusive;
  /// The index's first region, while it is mapped.
  volatile void *index;
} handle;

typedef struct fault {
  struct fault *next;
  int operations, owner;
  int64_t after;
  jobd_disk_failure failure;
  int written;
} fault;

struct jobd_disk {
  struct jobd_disk *next;
  pthread_mutex_t mutex;
  char *folder;
  int references;
  jobd_disk_state state;
  jobd_disk_counts counts;
  /// The number of changes so far.
  uint64_t moment;
  file *files;
  handle *handles;
  fault *faults;
  /// Owners are numbered from 1; which of them are dead.
  int owners;
  char *dead;
  int is_ended;
};

static inline sqlite3_file *real(handle *h) { return (sqlite3_file *)(h + 1); }

// All of the following but the first two want the disk's mutex held.

/// The disk on which this path is, retained, with the owner and the name below "files"; NULL for another.
jobd_disk *disk_of_path(const char *path, int *owner, const char **name);
void disk_release(jobd_disk *disk);

int disk_owner_is_dead(jobd_disk *disk, int owner);
/// Kills one owner, or with -1 all of them and every handle.
void disk_kill(jobd_disk *disk, int owner);
/// Counts an operation: whether a fault strikes it, which is then removed from the disk and copied.
int disk_strikes(jobd_disk *disk, int operation, int owner, fault *found);

/// The file of a name, as it is in the folder now.
file *file_named(jobd_disk *disk, const char *name);
/// Forgets a file that has neither handles nor anything that a power failure could take.
void files_tidy(jobd_disk *disk);
void file_forget_undo(file *file);
/// Keeps what is about to be overwritten.
int file_keep(handle *h, sqlite3_int64 offset, sqlite3_int64 length);
/// All that was made and deleted is durable.
void folder_synced(jobd_disk *disk);
