#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace carillon {

/// Limits of connections to PostgreSQL.
struct postgres_options {
  /// Up to the end of the handshake.
  std::chrono::seconds connect_timeout{5};
  /// A statement that takes longer is cancelled by the server.
  std::chrono::milliseconds statement_timeout{30'000};
  /// A connection that has not answered this long after that is closed: the server hangs.
  std::chrono::milliseconds answer_grace{5'000};
  /// Longest wait of a statement for a lock.
  std::chrono::milliseconds lock_timeout{10'000};
  /// The server ends a transaction that is idle for this long, with its locks.
  std::chrono::milliseconds idle_timeout{4'000};
  /// The connection ends if sent data is not acknowledged for this long.
  std::chrono::milliseconds tcp_user_timeout{10'000};
  /// Pause before the next try to connect; doubles up to the maximum.
  std::chrono::milliseconds pause{50};
  std::chrono::milliseconds max_pause{2'000};
  /// How long the outcome of a commit is queried if its answer was lost.
  std::chrono::milliseconds doubt_limit{10'000};
  /// Time between two notices that the log has grown; the next one covers events appended
  /// meanwhile.
  std::chrono::milliseconds notice_interval{10};
  /// Time without a notice after which the head of the log is polled.
  std::chrono::milliseconds follow_interval{1'000};
  /// `application_name` of the connections: letters, digits, `.`, `_`, `-` and `/`.
  std::string application = "carillon";
  /// May append beside the node that holds the database; only the log is open then.
  bool shared = false;
};

} // namespace carillon
