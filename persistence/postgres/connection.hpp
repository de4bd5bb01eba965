#pragma once

#include "messages/state/postgres_options.hpp"
#include "persistence/postgres/backend_id.hpp"
#include "persistence/postgres/call_watch.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace carillon::postgres {

/// One connection, opened when needed and reopened after a loss, but never within a transaction.
/// One thread. Calls throw.
class connection {
public:
  /// @param read_only the server rejects writes
  connection(const std::string& url, postgres_options options, bool read_only = false);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// Statements that each later connection executes first, to prepare others.
  void on_connect(std::string statements) {
    on_connect_ = std::move(statements);
  }

  /// Begins a transaction with these statements; returns the result of the last one. A lost
  /// connection is reopened once.
  pqxx::result begin(const std::string& statements);

  pqxx::result run(const std::string& statements);

  /// A null stands for NULL.
  using parameters = std::vector<const char*>;
  pqxx::result run_prepared(const std::string& name, const std::string& text, const parameters& xs);
  /// Prepares a statement, so that `EXECUTE` may name it.
  void prepare(const std::string& name, const std::string& text);
  pqxx::result run_once(const std::string& text, const parameters& xs);

  /// Runs a statement that changes nothing, outside of a transaction; repeated once on a new
  /// connection.
  pqxx::result ask(const std::string& text, const parameters& xs);

  /// Ends the transaction with these statements, of which COMMIT is the last. If its answer is
  /// lost, the server is asked about `transaction` (`pg_current_xact_id()`), so that returning
  /// means it was committed, and throwing that it was not, unless the server stayed unreachable.
  /// One that may be on this server only, see `confirm`, is in doubt, too.
  void commit(const std::string& statements, const std::string& transaction);

  /// Commits a record of its own, and returns when that is as safe as commits of this server are:
  /// then all that was visible before is on every standby that commits wait for. A wait that
  /// somebody cancels answers success with a warning; a transaction whose wait was ended with its
  /// process, or by a crash of the server, becomes visible although no standby has it. Nothing of
  /// these may be acknowledged before. Outside of transactions. Begins no try
  /// after `doubt_limit`, and one takes as long as a call; throws.
  void confirm();

  /// The server answered the last call with a warning. One that came with a COMMIT may say that the
  /// commit waits for no standby any more; its text depends on the server's language.
  bool warned() const noexcept {
    return warned_;
  }

  /// The last commit threw, and may have taken place.
  bool in_doubt() const noexcept {
    return in_doubt_;
  }

  void rollback() noexcept;

  /// Calls `f` with the connection for COPY, within a transaction.
  template <class F>
  void with_work(F&& f) {
    try {
      call_watch::call timed{watched_, limit_};
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

  /// False if the other end is known to have closed; sends nothing.
  bool seems_alive() const noexcept;

  std::string quote(const std::string& text);

  /// The server's process behind the connection, the last one if it was lost.
  const backend_id& backend() const noexcept {
    return backend_;
  }

  /// Removes the time limit of calls, for the statements of a migration.
  void wait_for_ever() noexcept {
    limit_ = {};
  }

  void close() noexcept;

  /// Ends the running call, and soon all later ones. Thread-safe.
  void interrupt() noexcept;

  /// Number of connections opened so far.
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
  link& live();
  pqxx::nontransaction& work();
  /// Records whether the connection is gone, if the exception shows it.
  void note(const std::exception& x);
  void open();
  template <class F>
  auto noting_loss(F&& f) -> decltype(f());
  bool was_committed(const std::string& transaction);

  std::string url_;
  postgres_options options_;
  bool read_only_;
  std::string on_connect_;
  /// Time limit of a call; the server gives up earlier.
  std::chrono::milliseconds limit_;
  std::shared_ptr<call_watch> watch_;
  call_watch::entry watched_;
  std::unique_ptr<link> link_;
  backend_id backend_;
  bool lost_ = false;
  bool in_doubt_ = false;
  bool warned_ = false;
  uint64_t generation_ = 0;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point next_try_;
};

} // namespace carillon::postgres
