#include "node/key_use_notes.hpp"

#include <caf/send.hpp>

#include <csignal>
#include <utility>

namespace carillon {

key_use_notes::key_use_notes(key_ring& keys, access_store_actor store,
                             std::chrono::milliseconds pause)
  : keys_(keys), store_(std::move(store)), pause_(pause) {
  thread_ = std::thread{[this] { work(); }};
}

key_use_notes::~key_use_notes() {
  stop();
}

void key_use_notes::stop() {
  {
    const std::lock_guard lock{mutex_};
    if (std::exchange(ended_, true))
      return;
  }
  changed_.notify_all();
  thread_.join();
  send();
  store_ = nullptr;
}

void key_use_notes::work() {
  // The main thread handles signals.
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock{mutex_};
  while (!changed_.wait_for(lock, pause_, [this] { return ended_; })) {
    lock.unlock();
    send();
    lock.lock();
  }
}

/// A note that is lost is no reason for anything: the next use makes another one.
void key_use_notes::send() {
  auto uses = keys_.take_uses();
  if (!uses.empty())
    caf::anon_send(store_, note_key_uses{std::move(uses)});
}

} // namespace carillon
