#pragma once

#include "base/failure.hpp"
#include "messages/outbox/aside_row.hpp"
#include "messages/state/postgres_options.hpp"
#include "persistence/outbox/row.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A row that can never be published, and why.
struct refused_row {
  uint64_t seq = 0;
  failure why;
};

/// What waits in an outbox.
struct outbox_state {
  uint64_t waiting = 0;
  uint64_t refused = 0;
  /// Since the `occurred_at` of the first row, in whole seconds; 0 without rows.
  uint64_t oldest_seconds = 0;
};

/// How an outbox is read.
struct outbox_options {
  /// Rows of one batch.
  size_t batch_rows = 1'000;
  /// Bytes of one batch, unless its first row has more.
  size_t batch_bytes = 4UL * 1024 * 1024;
  /// Between two looks at a database that sends no notices, and longest wait for a transaction
  /// that is about to commit.
  std::chrono::milliseconds poll{5};
  /// Longest wait for a notice.
  std::chrono::milliseconds longest_wait{1'000};
  /// Between two tries to become the owner of an outbox that another relay owns.
  std::chrono::milliseconds standby{500};
  /// The rest of an answer of the database; past it the connection is given up.
  std::chrono::milliseconds statement_timeout{30'000};
  /// How long a statement waits for another transaction.
  std::chrono::milliseconds lock_timeout{10'000};
};

/// The table `carillon_outbox` of a database, whose rows become events. One relay at a time owns
/// it: a lock that ends with the connection saves others the work. Order and uniqueness do not rest
/// on the lock: rows are read from the lowest number that is there, never from where a reader was,
/// and their ids make repeats harmless. One thread, but for `stop`.
class outbox_source {
public:
  outbox_source() = default;
  outbox_source(const outbox_source&) = delete;
  outbox_source& operator=(const outbox_source&) = delete;
  virtual ~outbox_source() = default;

  /// The rows with the lowest numbers, in their order; they stay until `finish`. Connects if there
  /// is no connection. Errors: `store_locked` if another relay owns the outbox;
  /// `store_unavailable`; `store_refused` (no table, no right): a retry helps only after an
  /// operator has mended it; `invalid_argument` (URL).
  virtual expected<outbox_rows> claim() = 0;

  /// Removes what is published, and puts aside what never can be; one transaction, which may be
  /// lost: the rows come again then. Errors as `claim`.
  virtual expected<void> finish(const std::vector<uint64_t>& published,
                                const std::vector<refused_row>& refused)
    = 0;

  /// Waits until there may be rows that the last `claim` did not have, at most
  /// `outbox_options::longest_wait`. Errors as `claim`.
  virtual expected<void> wait() = 0;

  /// Who owns the outbox does not matter to this and the next three.
  /// @param most rows are counted up to here: in a database that takes time
  /// Errors as `claim`, but for `store_locked`.
  virtual expected<outbox_state> look(uint64_t most) = 0;

  /// The rows that were put aside, in their order. A table that was made anew, or emptied by
  /// TRUNCATE, counts from 1 again, so several may have one number.
  /// @param after only those with higher numbers
  /// @param most rows, but for further ones with the number of the last: they are never parted
  /// Errors as `look`.
  virtual expected<aside_rows> aside(uint64_t after, size_t most) = 0;

  /// Moves rows that were put aside back into the outbox, behind all that are there, in their
  /// order; durable when it returns. Returns their count: others are not there. At most 1,000 at a
  /// time. Errors as `look`.
  virtual expected<uint64_t> restore(const std::vector<uint64_t>& seqs) = 0;

  /// Forgets rows that were put aside; otherwise as `restore`.
  virtual expected<uint64_t> discard(const std::vector<uint64_t>& seqs) = 0;

  /// Ends the running `wait` and all later ones. Any thread.
  virtual void stop() noexcept = 0;
};

/// Opens an outbox by the URL of its database; connects at the first call.
///
/// - `postgresql://…`: as libpq accepts it
/// - `mysql://` or `mariadb://USER:PASSWORD@HOST:PORT/DATABASE`, with `sslmode`
///   (`disable`, `prefer`, `require`, `verify-full`), `sslrootcert` and `socket`; a host that is
///   not loopback is verified unless `sslmode` says otherwise
/// - `sqlite:///FILE`: the file exists
///
/// Errors: `invalid_argument`; the detail shows no secret.
expected<std::unique_ptr<outbox_source>> open_outbox(const std::string& url,
                                                     const outbox_options& options);

/// The same for Carillon's own database, whose limits are given.
/// @param url what libpq accepts
std::unique_ptr<outbox_source> make_postgres_outbox(const std::string& url,
                                                    const postgres_options& limits,
                                                    const outbox_options& options);

/// Errors: `invalid_argument`; also if this program was built without MariaDB's client library.
expected<std::unique_ptr<outbox_source>> make_mysql_outbox(const std::string& url,
                                                           const outbox_options& options);

/// @param path of the file
std::unique_ptr<outbox_source> make_sqlite_outbox(const std::string& path,
                                                  const outbox_options& options);

/// The statements that make the tables, for `postgresql`, `mysql` (or `mariadb`), or `sqlite`;
/// empty for another dialect.
std::string_view outbox_ddl(std::string_view dialect) noexcept;

} // namespace carillon
