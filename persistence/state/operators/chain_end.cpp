#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql_state_store.hpp"

// The seal of the audit chain, see `audit_seal`.

namespace carillon::sql {

namespace {

namespace q {

const sql_query save_audit_head{
  "save_audit_head",
  "UPDATE audit_head SET number = ?1, hash = ?2, seal = ?3, log_first = ?4 WHERE one = 1"};

} // namespace q

/// Time between two writes of the chain's end beside the store.
constexpr std::chrono::seconds keep_interval{5};

failure refusal(const std::string& why) {
  return {ec::store_corrupt,
          why
            + "; find out who did that, and restore a backup, or accept what is there with "
              "`carillon audit reseal`",
          {}};
}

} // namespace

void sql_state_store::save_chain_head(const chain_head& x) {
  const auto seal = seal_ ? seal_->seal_of(x.end(), x.log_first) : std::string{};
  link_->sql.run(q::save_audit_head, x.number, blob_view{view_of(x.hash)}, blob_view{seal},
                 blob_view{x.log_first});
  saved_end_ = x.end();
}

void sql_state_store::note_commit(transaction& x) {
  x.commit();
  if (saved_end_)
    unkept_ = std::exchange(saved_end_, std::nullopt);
  keep_end(false);
}

void sql_state_store::keep_end(bool at_once) noexcept {
  if (!seal_ || !unkept_ || !token_)
    return;
  const auto now = std::chrono::steady_clock::now();
  if (!at_once && now < next_keep_)
    return;
  next_keep_ = now + keep_interval;
  try {
    // If it cannot be written, the previous one is still true.
    if (seal_->keep(*unkept_))
      unkept_.reset();
  } catch (const std::exception&) {
    return;
  }
}

std::string sql_state_store::fault_of(const chain_head& x, const audit_seal& seal,
                                      const std::optional<audit_end>& kept,
                                      const std::string& log_first) {
  if (!x.seal.empty() && !seal.is_seal(x.seal, x.end(), x.log_first))
    return "the audit log is not sealed with the key of this node: it was changed from outside, "
           "is another installation's, or the key file is another one";
  if (x.seal.empty() && x.number > 0 && kept)
    return "the seal of the audit log was removed";
  if (kept && kept->number > x.number)
    return "the audit log ends at row " + std::to_string(x.number) + ", but had one with number "
           + std::to_string(kept->number) + ": its end was cut off, or it is an older copy";
  if (kept && !has_row(*kept))
    return "row " + std::to_string(kept->number) + " of the audit log is not the one that it was";
  if (!x.log_first.empty() && x.log_first != log_first)
    return "the state does not belong to this event log: the log begins with another event";
  return {};
}

expected<void> sql_state_store::seal_audit(audit_seal_ptr seal, const std::string& log_first) {
  if (!token_) {
    seal_ = std::move(seal);
    return {};
  }
  auto kept = seal->kept();
  if (!kept)
    return kept.error();
  auto done = writing([&]() -> expected<void> {
    auto head = read_chain_head();
    if (auto fault = fault_of(head, *seal, *kept, log_first); !fault.empty())
      return refusal(fault);
    seal_ = seal;
    head.log_first = log_first;
    save_chain_head(head);
    return {};
  });
  if (!done)
    seal_.reset();
  return done;
}

expected<void> sql_state_store::reseal_audit(audit_seal_ptr seal, const std::string& log_first,
                                             timestamp now) {
  auto done = writing([&]() -> expected<void> {
    auto head = read_chain_head();
    seal_ = seal;
    head.log_first = log_first;
    save_chain_head(head);
    auto row = operator_entry({.who = "cli"}, now, "audit.resealed", "audit");
    row.detail = audit_detail{}
                   .add("number", head.number)
                   .add("hash", std::string_view{to_hex(head.hash)})
                   .text();
    append_audit_row(row);
    return {};
  });
  if (!done)
    seal_.reset();
  keep_end(true);
  return done;
}

} // namespace carillon::sql
