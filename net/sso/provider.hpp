#pragma once

#include "net/sso/fetch.hpp"
#include "net/sso/provider_facts.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace carillon::sso {

/// How often a provider is read.
struct provider_pace {
  std::chrono::milliseconds refresh{std::chrono::minutes{10}};
  /// The first pause after a failure; later ones double, up to `refresh`.
  std::chrono::milliseconds retry{1'000};
  /// After a reading, an unknown key is no reason for another one before this time.
  std::chrono::milliseconds least_pause{5'000};
  /// What was read longer ago does not count any more: a key that the provider took back must not
  /// be of use for ever because it can't be reached.
  std::chrono::milliseconds keep{std::chrono::hours{24}};
};

/// Takes a line for the operator, on any thread.
using teller = std::function<void(const std::string&)>;

/// Knows a provider's description and keys: a thread of its own reads them, so that callers do not
/// wait, and a node starts while its provider is away. Thread-safe.
class provider {
public:
  using clock = std::chrono::steady_clock;

  /// Starts the thread, which reads at once.
  /// @param send may block; `ends` is what ends it
  /// @param tell gets a line for the operator when the provider begins to fail, fails otherwise, or
  ///        is well again; on the thread; may be empty
  provider(std::string issuer, fetcher send, std::atomic<bool>& ends, provider_pace pace = {},
           teller tell = {});
  provider(const provider&) = delete;
  provider& operator=(const provider&) = delete;
  /// Stops, and waits for the thread.
  ~provider();

  /// Sets `ends`: waiting callers go on, and requests end within a second.
  void stop();

  /// Null while the provider was never read.
  std::shared_ptr<const provider_facts> facts() const;

  /// Asks for a reading, because a key is unknown. Does not wait. False if the last one was just
  /// now: the key is not the provider's.
  bool ask();

  /// The same, and waits for its end, at most until then.
  bool renew(clock::time_point deadline);

  /// Why the last reading failed; empty if it did not.
  std::string trouble() const;

private:
  void work();
  expected<provider_facts> read() const;
  /// Returns the line for the operator; empty if there is none.
  std::string take(expected<provider_facts> found);
  bool ask_locked();

  const std::string issuer_;
  const fetcher send_;
  const provider_pace pace_;
  const teller tell_;
  std::atomic<bool>& ends_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = true;
  bool reading_ = false;
  /// Readings that ended.
  uint64_t readings_ = 0;
  uint64_t failures_ = 0;
  clock::time_point next_{};
  clock::time_point last_end_{};
  clock::time_point last_success_{};
  std::shared_ptr<const provider_facts> facts_;
  std::string trouble_;
  /// Last, so that it begins with all of it.
  std::thread thread_;
};

} // namespace carillon::sso
