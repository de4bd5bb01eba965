#pragma once

#include "messages/engine_handles.hpp"
#include "net/auth/key_ring.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace carillon {

/// Stores when API keys were last used: all of a minute in one change of the state, by a thread of
/// its own, so that no request waits for it. A node that is killed forgets the last minute.
class key_use_notes {
public:
  static constexpr std::chrono::milliseconds default_pause{60'000};

  /// @param keys outlives this
  key_use_notes(key_ring& keys, access_store_actor store,
                std::chrono::milliseconds pause = default_pause);
  key_use_notes(const key_use_notes&) = delete;
  key_use_notes& operator=(const key_use_notes&) = delete;
  /// Stops.
  ~key_use_notes();

  /// Sends what was not sent yet, and ends the thread. Before the store's actor ends.
  void stop();

private:
  void work();
  void send();

  key_ring& keys_;
  access_store_actor store_;
  const std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  /// Last, so that it begins with all of it.
  std::thread thread_;
};

} // namespace carillon
