#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace carillon {

/// Why a peer of `--caf-port` was refused or disconnected.
enum class remote_refusal : uint8_t {
  /// Too many connections.
  connections,
  /// TLS failed: no certificate, or one of another authority.
  certificate,
  /// No handshake of CAF, or none in time.
  handshake,
  /// A frame that no peer of ours sends, or a larger one than is taken.
  frame,
  /// It sent nothing for too long, not even a heartbeat.
  silence,
  /// It does not wait for its answers.
  flood,
  /// It does not take its answers.
  unread,
  /// No session: a wrong key, or too many sessions.
  login,
  /// Number of reasons.
  count_,
};

/// In the order of the enumerators, as the metrics have them.
inline constexpr std::array<std::string_view, static_cast<size_t>(remote_refusal::count_)>
  remote_refusals{"connections", "certificate", "handshake", "frame",
                  "silence",     "flood",       "unread",    "login"};

/// Counters of `--caf-port`, see `telemetry`.
struct remote_counters {
  using counter = std::atomic<uint64_t>;

  /// Now: open connections, and sessions.
  counter connections{0};
  counter sessions{0};
  counter requests{0};
  /// Events sent to subscribers.
  counter events{0};
  /// By `remote_refusal`.
  std::array<counter, remote_refusals.size()> refused{};
};

} // namespace carillon
