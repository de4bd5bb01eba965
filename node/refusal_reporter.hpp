#pragma once

#include "messages/events/interfaces.hpp"
#include "net/auth/refused_access.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace carillon {

/// Publishes `security.login_failed` and `security.access_denied` for rejected requests of both
/// ports. The first one of a source is published at once; later ones are counted and published as
/// one event a minute, with their number in `attempts`: an attacker who guesses keys must not fill
/// the log. A source is an address (the /64 of an IPv6 one), for denied access also the key and the
/// call. Thread-safe.
class refusal_reporter {
public:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds window{60};
  /// Sources that are counted separately at a time; all others are counted together.
  static constexpr size_t max_sources = 100;

  explicit refusal_reporter(router_actor router);
  refusal_reporter(const refusal_reporter&) = delete;
  refusal_reporter& operator=(const refusal_reporter&) = delete;
  /// Drops the counts of the last minute.
  ~refusal_reporter();

  /// Does not block. Events that the router rejects are dropped.
  void report(const refused_access& x, clock::time_point now = clock::now());

  /// Publishes the counts of past windows; a thread of its own does this as well.
  void flush(clock::time_point now);

private:
  struct counted {
    refused_access last;
    uint64_t attempts = 0;
    clock::time_point until;
  };

  counted* open_window(refused_access& x, clock::time_point now);
  void publish(const refused_access& x, uint64_t attempts, clock::time_point now) const;
  void flush_in_time();

  router_actor router_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, counted> windows_;
  bool ended_ = false;
  std::thread flusher_;
};

} // namespace carillon
