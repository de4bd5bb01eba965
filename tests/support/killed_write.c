// A process that dies at a write or a sync that a test names: LD_PRELOAD of a node. The file KILLED_WRITE_FILE has two 32-bit numbers:
// how many calls are left until then, 0 for never, and whether the call is still made before the end.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int32_t* order;

__attribute__((constructor)) static void open_order(void) {
  const char* path = getenv("KILLED_WRITE_FILE");
  int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  void* at = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0)
    close(file);
  if (at != MAP_FAILED)
    order = at;
}

static int is_last(void) {
  return order != NULL && __atomic_load_n(order, __ATOMIC_SEQ_CST) > 0
         && __atomic_sub_fetch(order, 1, __ATOMIC_SEQ_CST) == 0;
}

static long made(int last, long number, long a, long b, long c, long d) {
  if (last && order[1] == 0)
    kill(getpid(), SIGKILL);
  long done = syscall(number, a, b, c, d);
  if (last)
    kill(getpid(), SIGKILL);
  return done;
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  return made(is_last(), SYS_pwrite64, file, (long)bytes, (long)count, at);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t at) {
  return made(is_last(), SYS_pwrite64, file, (long)bytes, (long)count, at);
}

int fdatasync(int file) {
  return (int)made(is_last(), SYS_fdatasync, file, 0, 0, 0);
}

int fsync(int file) {
  return (int)made(is_last(), SYS_fsync, file, 0, 0, 0);
}

int ftruncate(int file, off_t length) {
  return (int)made(is_last(), SYS_ftruncate, file, length, 0, 0);
}

int ftruncate64(int file, off64_t length) {
  return (int)made(is_last(), SYS_ftruncate, file, length, 0, 0);
}
