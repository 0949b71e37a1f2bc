#pragma once
#include <stdint.h>

// A disk under SQLite that fails, loses power and belongs to processes that are killed, inside one process: a
// VFS over the system's own (sqlite.org, The SQLite OS Interface). What it does follows from the calls alone;
// it has no clock and draws nothing.
//
// A disk is a folder. The files are in FOLDER/files; FOLDER/N, a symbolic link to it, is the same folder as
// seen by the process ("owner") with the number N, so that each file handle tells by its path whose it is. A
// path through "files" has the owner 0. FOLDER/deleted keeps what was deleted until that is durable.
//
// Every function may be called from any thread.

typedef struct jobd_disk jobd_disk;

typedef enum {
  jobd_disk_write = 1,
  jobd_disk_sync = 2,
  jobd_disk_truncate = 4,
  jobd_disk_delete = 8,
} jobd_disk_operation;

typedef enum {
  /// SQLITE_FULL of a write; of another operation its SQLITE_IOERR.
  jobd_disk_fails_full,
  /// SQLITE_IOERR with the operation's extended code.
  jobd_disk_fails_io,
  /// The owner dies in the operation.
  jobd_disk_fails_killed,
  /// The power fails in the operation: every owner dies.
  jobd_disk_fails_power,
} jobd_disk_failure;

typedef enum {
  jobd_disk_healthy,
  /// A write that would make its file longer gets SQLITE_FULL; one inside it works.
  jobd_disk_full,
  /// Every write, sync, truncation and deletion is an SQLITE_IOERR.
  jobd_disk_failing,
} jobd_disk_state;

/// What a power failure takes of that which no sync has made durable.
typedef enum {
  jobd_disk_loses_nothing,
  jobd_disk_loses_everything,
  /// Everything after one moment; the write at that moment sector by sector.
  jobd_disk_loses_latest,
  /// Each sector of each file keeps any of the contents that it has had since the last sync.
  jobd_disk_loses_sectors,
} jobd_disk_loss;

/// Calls that came to the disk of an owner that lived, failed ones too; and bytes that were written.
typedef struct {
  int64_t writes, syncs, truncations, deletions, bytes;
} jobd_disk_counts;

/// A number from 0 to below the bound.
typedef int (*jobd_disk_choose)(void *_Nullable context, int bound);

/// Makes the VFS the process's default, at the first call; returns an SQLite result code. Databases outside
/// every disk's folder are opened by the VFS that was the default before.
int jobd_disk_install(void);

/// A disk in a folder that exists, with its folders "files" and "deleted"; NULL where memory is short.
jobd_disk *_Nullable jobd_disk_make(const char *_Nonnull folder);
/// Forgets the disk; what is open on it is dead.
void jobd_disk_end(jobd_disk *_Nonnull disk);

void jobd_disk_set_state(jobd_disk *_Nonnull disk, jobd_disk_state state);
jobd_disk_state jobd_disk_get_state(jobd_disk *_Nonnull disk);
jobd_disk_counts jobd_disk_get_counts(jobd_disk *_Nonnull disk);

/// Arms a failure: it strikes one operation of these kinds (a sum), of this owner (-1: of any), after so many
/// others of them. A write that is struck still writes so many bytes of its beginning.
int jobd_disk_arm(
  jobd_disk *_Nonnull disk, int operations, int owner, int64_t after, jobd_disk_failure failure, int written);
/// Takes back what was armed and has not struck.
void jobd_disk_disarm(jobd_disk *_Nonnull disk);

/// The number of a new owner; -1 where memory is short.
int jobd_disk_add_owner(jobd_disk *_Nonnull disk);
/// From now on everything that the owner does fails, and its locks are gone.
void jobd_disk_kill(jobd_disk *_Nonnull disk, int owner);
int jobd_disk_is_dead(jobd_disk *_Nonnull disk, int owner);

/// Kills every owner, then takes what was not durable. Returns 0, or errno of what could not be done.
int jobd_disk_cut_power(
  jobd_disk *_Nonnull disk, jobd_disk_loss loss, jobd_disk_choose _Nonnull choose, void *_Nullable context);
