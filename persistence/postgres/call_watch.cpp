#include "persistence/postgres/call_watch.hpp"

#include <sys/socket.h>

namespace carillon::postgres {

namespace {

constexpr std::chrono::milliseconds interval{250};

} // namespace

std::shared_ptr<call_watch> call_watch::of_process() {
  static std::mutex mutex;
  static std::weak_ptr<call_watch> current;
  std::lock_guard guard{mutex};
  auto out = current.lock();
  if (!out)
    current = out = std::make_shared<call_watch>();
  return out;
}

call_watch::call_watch() : thread_([this] { run(); }) {
}

call_watch::~call_watch() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void call_watch::add(entry& x, int socket) {
  std::lock_guard guard{mutex_};
  x.socket_ = socket;
  entries_.insert(&x);
}

void call_watch::remove(entry& x) {
  // Afterwards the socket's number may be reused.
  std::lock_guard guard{mutex_};
  entries_.erase(&x);
  x.socket_ = -1;
}

void call_watch::interrupt(entry& x) noexcept {
  x.interrupted_ = true;
  std::lock_guard guard{mutex_};
  if (x.socket_ >= 0 && x.deadline_ != 0)
    ::shutdown(x.socket_, SHUT_RDWR);
}

void call_watch::run() {
  std::unique_lock guard{mutex_};
  while (!wake_.wait_for(guard, interval, [this] { return stop_; })) {
    const auto now = clock::now().time_since_epoch().count();
    for (auto* x : entries_) {
      auto deadline = x->deadline_.load();
      // Once: libpq closes the socket soon, and its number may be reused.
      if (deadline != 0 && deadline < now && x->deadline_.compare_exchange_strong(deadline, 0))
        ::shutdown(x->socket_, SHUT_RDWR);
    }
  }
}

} // namespace carillon::postgres
