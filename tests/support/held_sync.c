// A disk whose syncs a test holds or refuses: LD_PRELOAD of a node. The first byte of the file HELD_SYNC_FILE says it: '0' all is
// well, '1' a sync waits until it is another, '2' it fails with EIO. Reads and writes are as they are.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile char* order;

__attribute__((constructor)) static void open_order(void) {
  const char* path = getenv("HELD_SYNC_FILE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  void* at = file < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
  if (file >= 0)
    close(file);
  if (at != MAP_FAILED)
    order = at;
}

static int held(void) {
  const struct timespec moment = {0, 1000000};
  while (order != NULL && *order == '1')
    nanosleep(&moment, NULL);
  if (order == NULL || *order != '2')
    return 0;
  errno = EIO;
  return -1;
}

int fdatasync(int file) {
  return held() != 0 ? -1 : (int)syscall(SYS_fdatasync, file);
}

int fsync(int file) {
  return held() != 0 ? -1 : (int)syscall(SYS_fsync, file);
}
