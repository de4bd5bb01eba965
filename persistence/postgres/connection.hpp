#pragma once

#include "messages/error.hpp"
#include "persistence/postgres/options.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::postgres {

/// Thrown when there is no connection, and it is too early to try again.
class unreachable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Thrown when another node has the database.
class superseded : public std::runtime_error {
public:
  superseded() : std::runtime_error("another node has the database") {
  }
};

/// Advisory locks, and the channel that appends are told on.
enum class advisory : uint8_t { node, log, state, schema };

/// The two numbers by which the database knows the lock.
std::string numbers_of(advisory x);

/// A statement that waits for the lock, which the transaction then has.
std::string statement_to_lock(advisory x);

inline constexpr const char* log_channel = "carillon_log";

/// What a call that threw means to those who asked, in words without SQL or addresses.
failure to_failure(const std::exception& x) noexcept;

/// The same for an operator who opens or copies a store: in the server's own words.
failure to_operators_failure(const std::exception& x);

/// True if the connection is gone, or the server ended what was asked of it.
bool is_lost(const std::exception& x) noexcept;

/// One connection, made when it is needed and made again when it was lost; never within a
/// transaction. One thread. Calls throw.
class connection {
public:
  /// @param read_only writes are refused by the server
  connection(std::string url, postgres_options options, bool read_only = false);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// What each connection from the next one on executes first: what it prepares.
  void on_connect(std::string statements) {
    on_connect_ = std::move(statements);
  }

  /// Begins a transaction by these statements; returns the result of the last one. If the
  /// connection turns out to be gone it is made anew, once.
  pqxx::result begin(const std::string& statements);

  pqxx::result run(const std::string& statements);

  /// A null stands for NULL.
  using parameters = std::vector<const char*>;
  pqxx::result run_prepared(const std::string& name, const std::string& text, const parameters& xs);
  pqxx::result run_once(const std::string& text, const parameters& xs);

  /// A statement by itself that changes nothing: asked again on a new connection, once.
  pqxx::result ask(const std::string& text, const parameters& xs);

  /// Ends the transaction with these statements, of which COMMIT is the last. If its answer is
  /// lost, the server is asked about `transaction` (`pg_current_xact_id()`), so that returning
  /// means it was committed, and throwing that it was not, unless the server stayed away.
  void commit(const std::string& statements, const std::string& transaction);

  /// The last commit threw, and may have taken place.
  bool in_doubt() const noexcept {
    return in_doubt_;
  }

  void rollback() noexcept;

  /// Calls `f` with what COPY needs, within a transaction.
  template <class F>
  void with_work(F&& f) {
    try {
      f(work());
    } catch (const std::exception& x) {
      note(x);
      throw;
    }
  }

  /// The last call failed because the connection is gone.
  bool is_lost() const noexcept {
    return lost_;
  }

  std::string quote(const std::string& text);

  void close() noexcept;

  /// Counts the connections that were made.
  uint64_t generation() const noexcept {
    return generation_;
  }

  const postgres_options& options() const noexcept {
    return options_;
  }

  const std::string& url() const noexcept {
    return url_;
  }

private:
  struct link;

  link& opened();
  pqxx::nontransaction& work();
  /// Remembers whether the connection is gone; if that is what failed, says so.
  void note(const std::exception& x);
  void open();
  template <class F>
  auto noting_loss(F&& f) -> decltype(f());
  bool was_committed(const std::string& transaction);

  std::string url_;
  postgres_options options_;
  bool read_only_;
  std::string on_connect_;
  std::unique_ptr<link> link_;
  bool lost_ = false;
  bool in_doubt_ = false;
  uint64_t generation_ = 0;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point next_try_;
};

} // namespace carillon::postgres
