#include "base/thread_priority.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace carillon {

void run_in_background() noexcept {
  constexpr int niceness = 5;
  // Linux: the niceness of a thread, not of the process.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
}

} // namespace carillon
