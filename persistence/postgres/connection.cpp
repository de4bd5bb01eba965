#include "persistence/postgres/connection.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/raw_connection.hpp"
#include "persistence/postgres/session_settings.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <thread>
#include <type_traits>

#include <sys/socket.h>

namespace carillon::postgres {

namespace {

using clock = std::chrono::steady_clock;

} // namespace

struct connection::link : raw_connection {
  explicit link(const std::string& url) : raw_connection(url), work(raw) {
  }

  pqxx::nontransaction work;
  std::set<std::string> prepared;
};

connection::connection(const std::string& url, postgres_options options, bool read_only)
  : url_(with_limits(url, options)), options_(options), read_only_(read_only),
    limit_(options.statement_timeout + options.answer_grace), watch_(call_watch::of_process()) {
}

connection::~connection() {
  close();
}

void connection::interrupt() noexcept {
  watch_->interrupt(watched_);
}

void connection::close() noexcept {
  watch_->remove(watched_);
  link_.reset();
  lost_ = false;
}

void connection::open() {
  if (clock::now() < next_try_)
    throw unreachable{"it is too early to connect again"};
  if (watched_.is_interrupted())
    throw unreachable{"the connection was ended"};
  try {
    link_ = std::make_unique<link>(url_);
    watch_->add(watched_, link_->raw.sock());
    call_watch::call timed{watched_, limit_};
    link_->work.exec(statements_to_pin(options_, read_only_));
    if (!on_connect_.empty())
      link_->work.exec(on_connect_);
    auto self = link_->work.exec(
      "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()");
    backend_ = {self[0][0].c_str(), self[0][1].c_str()};
  } catch (...) {
    close();
    pause_ = std::clamp(pause_ * 2, options_.pause, options_.max_pause);
    next_try_ = clock::now() + pause_;
    throw;
  }
  lost_ = false;
  pause_ = {};
  ++generation_;
}

connection::link& connection::opened() {
  if (lost_)
    close();
  if (!link_)
    open();
  return *link_;
}

void connection::note(const std::exception& x) {
  lost_ = lost_ || postgres::is_lost(x) || !link_ || !link_->raw.is_open();
  // libpqxx may name a lost connection differently, above all during COPY.
  if (lost_ && !postgres::is_lost(x))
    throw unreachable{"the connection was lost"};
}

template <class F>
auto connection::noting_loss(F&& f) -> decltype(f()) {
  const auto heard = link_->notices_heard.count();
  warned_ = false;
  try {
    call_watch::call timed{watched_, limit_};
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
    } else {
      auto out = f();
      warned_ = link_->notices_heard.count() != heard;
      return out;
    }
  } catch (const std::exception& x) {
    note(x);
    throw;
  }
}

pqxx::result connection::begin(const std::string& statements) {
  bool fresh = !link_ || lost_;
  try {
    opened();
    return noting_loss([&] { return link_->work.exec(statements); });
  } catch (const std::exception&) {
    // Nothing has begun yet, so a new connection may be tried.
    if (fresh || !lost_)
      throw;
  }
  opened();
  return noting_loss([&] { return link_->work.exec(statements); });
}

connection::link& connection::live() {
  if (!link_ || lost_)
    throw unreachable{"the connection was lost"};
  return *link_;
}

pqxx::result connection::run(const std::string& statements) {
  auto& to = live();
  return noting_loss([&] { return to.work.exec(statements); });
}

pqxx::result connection::run_prepared(const std::string& name, const std::string& text,
                                      const parameters& xs) {
  prepare(name, text);
  auto& to = live();
  return noting_loss(
    [&] { return to.work.exec_prepared(name, pqxx::prepare::make_dynamic_params(xs)); });
}

void connection::prepare(const std::string& name, const std::string& text) {
  auto& to = live();
  if (to.prepared.contains(name))
    return;
  noting_loss([&] {
    to.raw.prepare(name, text);
    to.raw.prepare_now(name);
  });
  to.prepared.insert(name);
}

pqxx::result connection::run_once(const std::string& text, const parameters& xs) {
  auto& to = live();
  return noting_loss(
    [&] { return to.work.exec_params(text, pqxx::prepare::make_dynamic_params(xs)); });
}

pqxx::result connection::ask(const std::string& text, const parameters& xs) {
  bool fresh = !link_ || lost_;
  try {
    opened();
    return run_once(text, xs);
  } catch (const std::exception&) {
    if (fresh || !lost_)
      throw;
  }
  opened();
  return run_once(text, xs);
}

pqxx::nontransaction& connection::work() {
  return live().work;
}

std::string connection::quote(const std::string& text) {
  return opened().work.quote(text);
}

bool connection::seems_alive() const noexcept {
  if (!link_ || lost_)
    return false;
  char byte = 0;
  // Without a request the server sends nothing but the end of the connection.
  return ::recv(link_->raw.sock(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0
         && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void connection::commit(const std::string& statements, const std::string& transaction) {
  in_doubt_ = false;
  try {
    run(statements);
    if (!warned_)
      return;
  } catch (const std::exception&) {
    if (!lost_ || transaction.empty())
      throw;
    in_doubt_ = true;
    if (!was_committed(transaction)) {
      in_doubt_ = false;
      throw;
    }
  }
  in_doubt_ = true;
  confirm();
  in_doubt_ = false;
}

void connection::confirm() {
  // One at a time: one that waits for a standby in vain outlives its connection.
  const auto statements
    = "BEGIN; " + statement_to_lock(advisory::barrier) + std::string{statement_to_write} + "COMMIT";
  const auto end = clock::now() + options_.doubt_limit;
  for (;;) {
    try {
      next_try_ = {};
      begin(statements);
      if (!warned_)
        return;
    } catch (const std::exception&) {
      rollback();
      if (watched_.is_interrupted() || (clock::now() >= end && lost_))
        throw;
    }
    if (clock::now() >= end)
      throw unconfirmed{};
    std::this_thread::sleep_for(options_.pause);
  }
}

bool connection::was_committed(const std::string& transaction) {
  auto end = clock::now() + options_.doubt_limit;
  for (;;) {
    try {
      close();
      next_try_ = {};
      opened();
      auto found = run_once("SELECT pg_xact_status($1::text::xid8)", {transaction.c_str()});
      std::string status = found[0][0].is_null() ? "aborted" : found[0][0].c_str();
      if (status != "in progress")
        return status == "committed";
    } catch (const std::exception&) {
      if (clock::now() >= end)
        throw;
    }
    if (clock::now() >= end)
      throw unreachable{"the outcome of a commit is not known"};
    std::this_thread::sleep_for(options_.pause);
  }
}

void connection::rollback() noexcept {
  if (!link_ || lost_)
    return;
  try {
    run("ROLLBACK");
  } catch (const std::exception&) {
    lost_ = true;
  }
}

} // namespace carillon::postgres
