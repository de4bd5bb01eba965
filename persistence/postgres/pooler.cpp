#include "persistence/postgres/pooler.hpp"

#include "persistence/postgres/call_watch.hpp"

#include <libpq-fe.h>
#include <pqxx/pqxx>

#include <memory>
#include <string_view>

namespace carillon::postgres {

namespace {

/// Turns of both connections; a round-robin pooler needs more than one to be detected.
constexpr int turns = 4;

/// A watched connection that tells which process serves it. It uses libpq directly, since libpqxx
/// sends more requests and hides the message of a pooler that rejects them.
class probe {
public:
  probe(const std::string& conninfo, std::chrono::milliseconds limit)
    : limit_(limit), watch_(call_watch::of_process()),
      raw_(PQconnectdb(conninfo.c_str()), PQfinish) {
    if (PQstatus(raw_.get()) != CONNECTION_OK)
      throw pqxx::broken_connection{PQerrorMessage(raw_.get())};
    watch_->add(watched_, PQsocket(raw_.get()));
  }
  probe(const probe&) = delete;
  probe& operator=(const probe&) = delete;
  ~probe() {
    watch_->remove(watched_);
  }

  /// The process that serves the transaction. The transaction stays open.
  std::string begin() {
    return exec("BEGIN; SELECT pg_backend_pid()");
  }

  void end() {
    exec("ROLLBACK");
  }

private:
  std::string exec(const char* statements) {
    call_watch::call timed{watched_, limit_};
    const std::unique_ptr<PGresult, decltype(&PQclear)> found{PQexec(raw_.get(), statements),
                                                              PQclear};
    const auto status = PQresultStatus(found.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
      throw pqxx::broken_connection{PQerrorMessage(raw_.get())};
    return PQntuples(found.get()) == 0 ? std::string{} : PQgetvalue(found.get(), 0, 0);
  }

  std::chrono::milliseconds limit_;
  std::shared_ptr<call_watch> watch_;
  call_watch::entry watched_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> raw_;
};

failure refusal() {
  return {ec::invalid_argument,
          "between Carillon and the database is a pooler that shares the server's sessions between "
          "transactions, such as PgBouncer with pool_mode = transaction; Carillon needs sessions "
          "of its own: connect to the server itself, or to a pool with pool_mode = session",
          "store"};
}

bool shares_sessions(probe& one, probe& other) {
  std::string own_of_one;
  std::string own_of_other;
  for (int i = 0; i < turns; ++i) {
    const auto first = one.begin();
    one.end();
    // The first connection's process is free now if it is shared.
    const auto second = other.begin();
    other.end();
    if (first == second || (i > 0 && (first != own_of_one || second != own_of_other)))
      return true;
    own_of_one = first;
    own_of_other = second;
  }
  return false;
}

} // namespace

expected<void> refuse_transaction_pooler(const std::string& conninfo, const postgres_options& x) {
  const auto limit = x.statement_timeout + x.answer_grace;
  try {
    probe one{conninfo, limit};
    probe other{conninfo, limit};
    if (shares_sessions(one, other))
      return refusal();
  } catch (const std::exception& error) {
    // The pooler rejects transactions of several statements with this message.
    if (std::string_view{error.what()}.find("statement pooling mode") != std::string_view::npos)
      return refusal();
    throw;
  }
  return {};
}

} // namespace carillon::postgres
