// A disk whose syncs a test holds or refuses: LD_PRELOAD of a node. The first byte of the file HELD_SYNC_FILE says it: '0' all is
// well, '1' a sync waits until it is another, '2' it fails with EIO. The second one, if there is one, is 'h' once a sync of the
// event log waits. Reads and writes are as they are.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile char* order;

__attribute__((constructor)) static void open_order(void) {
  const char* path = getenv("HELD_SYNC_FILE");
  int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  void* at = file < 0 ? MAP_FAILED : mmap(NULL, 2, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0)
    close(file);
  if (at != MAP_FAILED)
    order = at;
}

static int is_of_log(int file) {
  char link[64];
  char path[4096];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size < 0)
    return 0;
  path[size] = '\0';
  return strstr(path, "/log/") != NULL;
}

static int held(int file) {
  const struct timespec moment = {0, 1000000};
  while (order != NULL && *order == '1') {
    // In the page of the file, even if that has one byte.
    if (is_of_log(file))
      order[1] = 'h';
    nanosleep(&moment, NULL);
  }
  if (order == NULL || *order != '2')
    return 0;
  errno = EIO;
  return -1;
}

int fdatasync(int file) {
  return held(file) != 0 ? -1 : (int)syscall(SYS_fdatasync, file);
}

int fsync(int file) {
  return held(file) != 0 ? -1 : (int)syscall(SYS_fsync, file);
}
