// LeakSanitizer of GCC 12 looks a thread up in its list of threads without the lock, and the list
// moves when it grows: an allocation meanwhile reads what was freed, and the process ends. The list
// is made as long as it will be before there are other threads.

#include <array>
#include <atomic>
#include <cstddef>

#include <dlfcn.h>
#include <pthread.h>

namespace carillon::test {

namespace {

/// Threads that engine_tests starts, rounded up generously.
constexpr size_t most_threads = 2'100;
constexpr size_t stack_bytes = 64UL * 1024;

std::atomic<bool> grown{false};

void* wait_until_grown(void* /*unused*/) {
  grown.wait(false);
  return nullptr;
}

const bool grew = [] {
  if (::dlsym(RTLD_DEFAULT, "__lsan_do_leak_check") == nullptr)
    return false;
  static std::array<pthread_t, most_threads> all;
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, stack_bytes);
  size_t begun = 0;
  // A machine that has no room for all of them has a shorter list, and the old risk.
  while (begun < all.size()
         && ::pthread_create(&all[begun], &small, wait_until_grown, nullptr) == 0)
    ++begun;
  grown = true;
  grown.notify_all();
  for (size_t i = 0; i < begun; ++i)
    ::pthread_join(all[i], nullptr);
  ::pthread_attr_destroy(&small);
  return true;
}();

} // namespace

} // namespace carillon::test
