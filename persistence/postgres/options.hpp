#pragma once

#include <chrono>
#include <cstdint>

namespace carillon {

/// Limits of connections to PostgreSQL.
struct postgres_options {
  /// To the end of the handshake.
  std::chrono::seconds connect_timeout{5};
  /// A statement that takes longer is cancelled by the server.
  std::chrono::milliseconds statement_timeout{30'000};
  /// A connection that has not answered so long after that is given up: the server hangs.
  std::chrono::milliseconds answer_grace{5'000};
  /// How long a statement waits for a lock.
  std::chrono::milliseconds lock_timeout{10'000};
  /// A transaction that nothing is asked of for so long is ended by the server, with its locks.
  std::chrono::milliseconds idle_timeout{4'000};
  /// What was sent and not acknowledged for so long ends the connection.
  std::chrono::milliseconds tcp_user_timeout{10'000};
  /// Pause before the next try to connect; doubles up to the maximum.
  std::chrono::milliseconds pause{50};
  std::chrono::milliseconds max_pause{2'000};
  /// How long a commit whose answer was lost is asked after.
  std::chrono::milliseconds doubt_limit{10'000};
  /// Between two notices to others that the log has grown; what is appended meanwhile is told by
  /// the next one.
  std::chrono::milliseconds notice_interval{10};
  /// Without a notice, the log is asked how far it is.
  std::chrono::milliseconds follow_interval{1'000};
  /// May append beside the node that has the database: nothing but the log is open then.
  bool shared = false;
};

} // namespace carillon
