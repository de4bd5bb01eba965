#pragma once

#include "messages/events/event.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace carillon::bench {

class stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// A directory under $CARILLON_BENCH_DIR (default /var/tmp, a real disk), removed at the end.
class scratch_directory {
public:
  scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory();

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

/// Prints to standard error and ends the program with 1.
[[noreturn]] void fail(const std::string& message);

/// `{"median":…,"min":…,"max":…}`.
std::string spread(std::vector<double> xs);

/// `{"p50":…,"p99":…,"max":…}`.
std::string percentiles(std::vector<double> xs);

/// Resident memory of this process.
double rss_mib();

/// Time of the n-th made event: a hundred a second.
timestamp bench_time(uint64_t n);

/// Makes drafts numbered from `n`, which is advanced: 100 companies, 10,000 users, 6 types, about
/// 130 bytes of data each.
std::vector<draft_ptr> make_drafts(size_t count, uint64_t& n);

/// SQLite alone, with the table that held the log before it was segments, and a WAL that nobody
/// copies meanwhile.
class bare_sqlite {
public:
  explicit bare_sqlite(const std::string& dir);
  bare_sqlite(const bare_sqlite&) = delete;
  bare_sqlite& operator=(const bare_sqlite&) = delete;
  ~bare_sqlite();

  /// Inserts events in one transaction; on disk when it returns.
  void append(const std::vector<draft_ptr>& events);

private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  uint64_t seq_ = 0;
};

/// Inserts the same events into the same table by SQLite alone, `batch` in a transaction, with the
/// same durability; events per second.
double bare_sqlite_rate(const std::string& dir, size_t batch, double seconds);

} // namespace carillon::bench
