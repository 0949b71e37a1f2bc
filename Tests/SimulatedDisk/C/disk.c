#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t disks_mutex = PTHREAD_MUTEX_INITIALIZER;
static jobd_disk *disks;

jobd_disk *jobd_disk_make(const char *folder) {
  jobd_disk *disk = calloc(1, sizeof *disk);
  if (!disk) return NULL;
  disk->folder = strdup(folder);
  if (!disk->folder) {
    free(disk);
    return NULL;
  }
  pthread_mutex_init(&disk->mutex, NULL);
  disk->references = 1;
  pthread_mutex_lock(&disks_mutex);
  disk->next = disks;
  disks = disk;
  pthread_mutex_unlock(&disks_mutex);
  return disk;
}

void jobd_disk_end(jobd_disk *disk) {
  pthread_mutex_lock(&disk->mutex);
  disk_kill(disk, -1);
  pthread_mutex_unlock(&disk->mutex);
  pthread_mutex_lock(&disks_mutex);
  disk->is_ended = 1;
  pthread_mutex_unlock(&disks_mutex);
  disk_release(disk);
}

jobd_disk *disk_of_path(const char *path, int *owner, const char **name) {
  if (!path) return NULL;
  pthread_mutex_lock(&disks_mutex);
  jobd_disk *found = NULL;
  for (jobd_disk *disk = disks; disk && !found; disk = disk->next) {
    size_t length = strlen(disk->folder);
    if (disk->is_ended || strncmp(path, disk->folder, length) != 0 || path[length] != '/') continue;
    const char *part = path + length + 1, *slash = strchr(part, '/');
    if (!slash || !slash[1]) break;
    if (strncmp(part, "files/", 6) == 0) {
      *owner = 0;
    } else {
      char *end;
      *owner = (int)strtol(part, &end, 10);
      if (end != slash) break;
    }
    *name = slash + 1;
    disk->references++;
    found = disk;
  }
  pthread_mutex_unlock(&disks_mutex);
  return found;
}

void disk_release(jobd_disk *disk) {
  pthread_mutex_lock(&disks_mutex);
  int is_last = --disk->references == 0;
  if (is_last) {
    jobd_disk **place = &disks;
    while (*place != disk) place = &(*place)->next;
    *place = disk->next;
  }
  pthread_mutex_unlock(&disks_mutex);
  if (!is_last) return;
  for (file *file = disk->files; file; file = file->next) {
    file_forget_undo(file);
    file->made = file->deleted = 0;
    file->is_gone = 1;
  }
  files_tidy(disk);
  jobd_disk_disarm(disk);
  pthread_mutex_destroy(&disk->mutex);
  free(disk->dead);
  free(disk->folder);
  free(disk);
}

void jobd_disk_set_state(jobd_disk *disk, jobd_disk_state state) {
  pthread_mutex_lock(&disk->mutex);
  disk->state = state;
  pthread_mutex_unlock(&disk->mutex);
}

jobd_disk_state jobd_disk_get_state(jobd_disk *disk) {
  pthread_mutex_lock(&disk->mutex);
  jobd_disk_state state = disk->state;
  pthread_mutex_unlock(&disk->mutex);
  return state;
}

jobd_disk_counts jobd_disk_get_counts(jobd_disk *disk) {
  pthread_mutex_lock(&disk->mutex);
  jobd_disk_counts counts = disk->counts;
  pthread_mutex_unlock(&disk->mutex);
  return counts;
}

// MARK: - Faults

int jobd_disk_arm(
  jobd_disk *disk, int operations, int owner, int64_t after, jobd_disk_failure failure, int written) {
  fault *added = malloc(sizeof *added);
  if (!added) return SQLITE_NOMEM;
  *added = (fault){.operations = operations, .owner = owner, .after = after, .failure = failure, .written = written};
  pthread_mutex_lock(&disk->mutex);
  fault **place = &disk->faults;
  while (*place) place = &(*place)->next;
  *place = added;
  pthread_mutex_unlock(&disk->mutex);
  return SQLITE_OK;
}

void jobd_disk_disarm(jobd_disk *disk) {
  pthread_mutex_lock(&disk->mutex);
  while (disk->faults) {
    fault *first = disk->faults;
    disk->faults = first->next;
    free(first);
  }
  pthread_mutex_unlock(&disk->mutex);
}

int disk_strikes(jobd_disk *disk, int operation, int owner, fault *found) {
  int is_struck = 0;
  fault **place = &disk->faults;
  while (*place) {
    fault *fault = *place;
    int is_meant = (fault->operations & operation) && (fault->owner < 0 || fault->owner == owner);
    // Of two that would strike the same operation the second one waits for the next.
    if (is_meant && fault->after > 0) fault->after--;
    else if (is_meant && !is_struck) {
      is_struck = 1;
      *found = *fault;
      *place = fault->next;
      free(fault);
      continue;
    }
    place = &fault->next;
  }
  return is_struck;
}

// MARK: - Owners

int jobd_disk_add_owner(jobd_disk *disk) {
  pthread_mutex_lock(&disk->mutex);
  int owner = disk->owners + 1;
  char *dead = realloc(disk->dead, (size_t)owner + 1);
  if (dead) {
    disk->dead = dead;
    disk->dead[owner] = 0;
    disk->owners = owner;
  }
  pthread_mutex_unlock(&disk->mutex);
  return dead ? owner : -1;
}

int disk_owner_is_dead(jobd_disk *disk, int owner) { return owner > 0 && owner <= disk->owners && disk->dead[owner]; }

int jobd_disk_is_dead(jobd_disk *disk, int owner) {
  pthread_mutex_lock(&disk->mutex);
  int is_dead = disk_owner_is_dead(disk, owner);
  pthread_mutex_unlock(&disk->mutex);
  return is_dead;
}

/// The locks of a process end with it.
static void let_go(handle *h) {
  for (int i = 0; i < SQLITE_SHM_NLOCK; i++) {
    if (h->exclusive >> i & 1)
      real(h)->pMethods->xShmLock(real(h), i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
    if (h->shared >> i & 1) real(h)->pMethods->xShmLock(real(h), i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
  }
  h->exclusive = h->shared = 0;
  real(h)->pMethods->xUnlock(real(h), SQLITE_LOCK_NONE);
}

void disk_kill(jobd_disk *disk, int owner) {
  for (int other = 1; other <= disk->owners; other++) {
    if (owner < 0 || other == owner) disk->dead[other] = 1;
  }
  for (handle *h = disk->handles; h; h = h->next) {
    if (h->is_dead || (owner >= 0 && h->owner != owner)) continue;
    let_go(h);
    h->is_dead = 1;
  }
}

void jobd_disk_kill(jobd_disk *disk, int owner) {
  pthread_mutex_lock(&disk->mutex);
  disk_kill(disk, owner);
  pthread_mutex_unlock(&disk->mutex);
}
