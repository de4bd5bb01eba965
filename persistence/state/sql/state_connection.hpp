#pragma once

#include "base/failure.hpp"
#include "persistence/state/sql/database.hpp"
#include "persistence/state/sql/own_statements.hpp"
#include "persistence/state/sql/statement_cache.hpp"
#include "persistence/state/sql/transaction_listener.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace carillon::sql {

/// The connection of a state store, which is made anew when it cannot be used any more. The stores
/// of the capabilities share it: what one of them writes while another's transaction is open
/// belongs to that transaction. One thread.
class state_connection {
public:
  explicit state_connection(std::shared_ptr<const backend> database)
    : database_(std::move(database)) {
  }

  /// Connects at once. Errors: `store_unavailable`.
  expected<void> connect();

  /// At most one.
  void listen(transaction_listener& x) noexcept {
    listener_ = &x;
  }

  /// Runs `f`, which returns an `expected`, in one transaction, committed if it succeeds. Errors:
  /// `store_unavailable`, `store_refused`, those of `f`.
  template <class F>
  auto writing(F&& f) -> decltype(f()) {
    return in_transaction(transaction_kind::write, std::forward<F>(f));
  }
  /// The same, for what is not lost without it: what the log gives again, and leases. Until a
  /// transaction by `writing` ends, a power cut may take it.
  template <class F>
  auto writing_behind(F&& f) -> decltype(f()) {
    return in_transaction(transaction_kind::write, std::forward<F>(f), false);
  }
  template <class F>
  auto reading(F&& f) -> decltype(f()) {
    return in_transaction(transaction_kind::read, std::forward<F>(f));
  }

  /// The statements; within a transaction.
  statement_cache& sql() noexcept {
    return link_->sql;
  }

  /// The statements of applications; within `in_part`.
  own_statements& own() noexcept {
    return link_->own;
  }

  /// Runs `f` within a writing transaction. If a statement of an application is at fault, all of
  /// `f` is undone, and the transaction goes on; returns the reason then.
  template <class F>
  std::optional<std::string> in_part(F&& f) {
    auto& db = *link_->db;
    db.begin_part();
    try {
      std::forward<F>(f)();
      db.end_part();
      return std::nullopt;
    } catch (const std::exception& x) {
      auto reason = reason_of(x);
      if (!reason)
        throw;
      db.undo_part();
      return reason;
    }
  }

  /// Within a transaction.
  session& database() noexcept {
    return *link_->db;
  }

  /// See `session`.
  int64_t changes() {
    return link_->db->changes();
  }

  /// See `session`.
  std::string doubt() const {
    return link_ ? link_->db->doubt() : std::string{};
  }

  /// See `session`; within a writing transaction.
  bool took_place(const std::string& name) {
    return link_->db->took_place(name);
  }

private:
  struct link {
    explicit link(std::unique_ptr<session> x) : db(std::move(x)), sql(*db), own(*db) {
    }

    std::unique_ptr<session> db;
    statement_cache sql;
    own_statements own;
  };

  std::optional<std::string> reason_of(const std::exception& x) const;

  link& connected();

  template <class F>
  auto in_transaction(transaction_kind kind, F&& f, bool has_to_wait = true) -> decltype(f()) {
    try {
      auto& db = *connected().db;
      const bool on_disk = db.wait_for_disk(has_to_wait);
      transaction t{db, kind};
      if (listener_ != nullptr)
        listener_->begun();
      auto done = f();
      if (done) {
        t.commit();
        if (listener_ != nullptr)
          listener_->committed(on_disk);
      }
      return done;
    } catch (const std::exception& x) {
      return database_->to_failure(x);
    }
  }

  std::shared_ptr<const backend> database_;
  std::unique_ptr<link> link_;
  transaction_listener* listener_ = nullptr;
};

} // namespace carillon::sql
