#include "persistence/state/operators/chain_end.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace carillon::sql {

namespace {

namespace q {

const sql_query audit_head{"audit_head",
                           "SELECT number, hash, seal, log_first FROM audit_head WHERE one = 1"};
const sql_query audit_hash{"audit_hash", "SELECT hash FROM audit_log WHERE number = ?1"};
const sql_query save_audit_head{
  "save_audit_head",
  "UPDATE audit_head SET number = ?1, hash = ?2, seal = ?3, log_first = ?4 WHERE one = 1"};

} // namespace q

/// Time between two writes of the chain's end beside the store.
constexpr std::chrono::seconds keep_interval{5};

} // namespace

audit_digest digest_of(std::string_view bytes) {
  audit_digest x{};
  if (bytes.size() == x.size())
    std::copy(bytes.begin(), bytes.end(), x.begin());
  return x;
}

chain_end::~chain_end() {
  keep(true);
}

chain_head chain_end::read() {
  auto row = db_.sql().query(q::audit_head);
  if (!row.next())
    throw damage{"the audit log has lost its head"};
  return {row->number(0), digest_of(row->text(1)), row->string(2), row->string(3)};
}

void chain_end::save(const chain_head& x) {
  const auto seal = seal_ ? seal_->seal_of(x.end(), x.log_first) : std::string{};
  db_.sql().run(q::save_audit_head, x.number, blob_view{view_of(x.hash)}, blob_view{seal},
                blob_view{x.log_first});
  saved_ = x.end();
}

std::optional<audit_digest> chain_end::hash_of(uint64_t number) {
  auto row = db_.sql().query(q::audit_hash, number);
  if (!row.next())
    return std::nullopt;
  return digest_of(row->text(0));
}

bool chain_end::has_row(const audit_end& x) {
  if (x.number == 0)
    return true;
  auto row = db_.sql().query(q::audit_hash, x.number);
  return row.next() && row->text(0) == view_of(x.hash);
}

void chain_end::keep(bool at_once) noexcept {
  if (!seal_ || !writes_ || (!unkept_ && !behind_))
    return;
  const auto now = std::chrono::steady_clock::now();
  if (!at_once && now < next_keep_)
    return;
  next_keep_ = now + keep_interval;
  try {
    if (behind_)
      sync();
    // If it cannot be written, the previous one is still true.
    if (unkept_ && seal_->keep(*unkept_))
      unkept_.reset();
  } catch (const std::exception&) {
    return;
  }
}

void chain_end::sync() {
  // Moves `behind_`, see `committed`. If it fails, the previous end stays.
  static_cast<void>(db_.writing([&]() -> expected<void> {
    const auto head = read();
    // SQLite writes, and so syncs, nothing for a row that stays as it is: it is another in between.
    db_.sql().run(q::save_audit_head, head.number, blob_view{view_of(head.hash)}, blob_view{"-"},
                  blob_view{head.log_first});
    save(head);
    return {};
  }));
}

void chain_end::begun() noexcept {
  saved_.reset();
}

void chain_end::committed(bool on_disk) noexcept {
  if (saved_) {
    // A transaction that changed nothing has synced nothing; this one changed the head.
    auto& to = on_disk ? unkept_ : behind_;
    behind_.reset();
    to = std::exchange(saved_, std::nullopt);
  }
  keep(false);
}

} // namespace carillon::sql
