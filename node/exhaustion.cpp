#include "node/exhaustion.hpp"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include <unistd.h>

namespace carillon {

namespace {

constexpr const char* no_memory = "out of memory; see ulimit -v and the memory limit of its group";
constexpr const char* no_thread
  = "the system refused a thread; see ulimit -u, ulimit -v and pids.max of its group";

/// Threads that wait until the destructor releases them.
class waiting_threads {
public:
  ~waiting_threads() {
    {
      std::lock_guard guard{mutex_};
      over_ = true;
    }
    changed_.notify_all();
    for (auto& x : threads_)
      x.join();
  }

  /// Makes as many as possible.
  size_t make(size_t wanted) noexcept {
    try {
      threads_.reserve(wanted);
      while (threads_.size() < wanted)
        threads_.emplace_back([this] {
          std::unique_lock lock{mutex_};
          changed_.wait(lock, [this] { return over_; });
        });
    } catch (const std::exception&) {
      // This is the limit.
    }
    return threads_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

bool is_exhaustion(const std::error_code& x) noexcept {
  return x == std::errc::resource_unavailable_try_again || x == std::errc::not_enough_memory
         || x == std::errc::too_many_files_open || x == std::errc::too_many_files_open_in_system;
}

[[noreturn]] void end_with(const char* why) noexcept {
  for (const char* part : {"carillon: ", why, "\n"})
    static_cast<void>(!::write(STDERR_FILENO, part, std::char_traits<char>::length(part)));
  ::_exit(EXIT_FAILURE);
}

[[noreturn]] void end_process() noexcept {
  try {
    if (auto x = std::current_exception())
      std::rethrow_exception(x);
    // Unwinding met an object that cannot be unwound, such as a running thread.
    if (std::uncaught_exceptions() > 0)
      end_with("ended by a fault while it cleaned up after another");
  } catch (const std::bad_alloc&) {
    end_with(no_memory);
  } catch (const std::system_error& x) {
    if (is_exhaustion(x.code()))
      end_with(x.code() == std::errc::not_enough_memory ? no_memory : no_thread);
  } catch (...) {
    // A defect: a core dump tells more than a line.
  }
  std::abort();
}

} // namespace

size_t possible_threads(size_t wanted) noexcept {
  waiting_threads x;
  return x.make(wanted);
}

std::string text_of(const std::exception& x) {
  if (dynamic_cast<const std::bad_alloc*>(&x) != nullptr)
    return no_memory;
  const auto* of_system = dynamic_cast<const std::system_error*>(&x);
  if (of_system != nullptr && of_system->code() == std::errc::resource_unavailable_try_again)
    return no_thread;
  return x.what();
}

void end_on_exhaustion() noexcept {
  std::set_terminate(end_process);
}

} // namespace carillon
