#include "messages/events/event_digest.hpp"
#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>

#define CARILLON_AUDIT                                                                             \
  "SELECT number, time, action, actor, origin, company_id, subject, detail, event_seq, hash, "     \
  "person "                                                                                        \
  "FROM audit_log "

namespace carillon::sql {

namespace {

namespace q {

const sql_query audit_head{"audit_head",
                           "SELECT number, hash, seal, log_first FROM audit_head WHERE one = 1"};
const sql_query insert_audit{
  "insert_audit",
  "INSERT INTO audit_log (number, time, action, actor, origin, company_id, subject, "
  "detail, "
  "event_seq, hash, person) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
const sql_query audited_of{
  "audited_of",
  "SELECT event_seq FROM audit_log WHERE event_seq > 0 AND event_seq IN (?1, ?2, ?3, ?4, "
  "?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
  "?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)"};
const sql_query audit_hash{"audit_hash", "SELECT hash FROM audit_log WHERE number = ?1"};
const sql_query audit{"audit", CARILLON_AUDIT "WHERE number > ?1 ORDER BY number LIMIT ?2"};
const sql_query audit_down{"audit_down",
                           CARILLON_AUDIT "WHERE number < ?1 ORDER BY number DESC LIMIT ?2"};
const sql_query audit_of_action{"audit_of_action", CARILLON_AUDIT
                                "WHERE action = ?3 AND number > ?1 ORDER BY number LIMIT ?2"};
const sql_query audit_of_action_down{
  "audit_of_action_down",
  CARILLON_AUDIT "WHERE action = ?3 AND number < ?1 ORDER BY number DESC LIMIT ?2"};
const sql_query audit_of_company{"audit_of_company", CARILLON_AUDIT
                                 "WHERE company_id = ?3 AND number > ?1 ORDER BY number LIMIT ?2"};
const sql_query audit_of_company_down{
  "audit_of_company_down",
  CARILLON_AUDIT "WHERE company_id = ?3 AND number < ?1 ORDER BY number DESC LIMIT ?2"};
const sql_query audit_of_both{
  "audit_of_both",
  CARILLON_AUDIT "WHERE company_id = ?3 AND action = ?4 AND number > ?1 ORDER BY number LIMIT ?2"};
const sql_query audit_of_both_down{
  "audit_of_both_down", CARILLON_AUDIT
  "WHERE company_id = ?3 AND action = ?4 AND number < ?1 ORDER BY number DESC LIMIT ?2"};

} // namespace q

/// A blob of another length is not a digest; then zeros, which no row has.
audit_digest digest_of(std::string_view bytes) {
  audit_digest x{};
  if (bytes.size() == x.size())
    std::copy(bytes.begin(), bytes.end(), x.begin());
  return x;
}

audit_entry entry_of(const statement& row) {
  return {.time = from_micros(row.integer(1)),
          .action = row.string(2),
          .actor = row.string(3),
          .origin = row.string(4),
          .company_id = row.string(5),
          .subject = row.string(6),
          .detail = row.string(7),
          .event_seq = row.number(8),
          .person = row.string(10)};
}

/// Parameters of `q::audited_of`.
constexpr size_t audited_at_once = 32;

/// Rows that a page with filters examines.
constexpr size_t audit_budget = 20'000;

bool fits(const audit_entry& row, const list_audit& x) {
  return (!x.actor || row.actor == *x.actor || row.person == *x.actor)
         && (!x.subject || row.subject == *x.subject)
         && (!x.origin || row.origin.find(*x.origin) != std::string::npos)
         && (!x.from || row.time >= *x.from) && (!x.to || row.time < *x.to);
}

/// The event that a row records; empty for rows of older versions.
std::optional<audited_event> event_of(const audit_entry& x) {
  if (x.event_seq == 0 || !x.detail.starts_with(audited_digest))
    return std::nullopt;
  return audited_event{x.event_seq, x.detail.substr(audited_digest.size(), 64)};
}

void refuse(audit_verdict& out, uint64_t number, const char* reason) {
  out.valid = false;
  out.first_bad = number;
  out.reason = reason;
}

audit_row row_of(const statement& row) {
  return {.number = row.number(0), .entry = entry_of(row), .hash = to_hex(digest_of(row.text(9)))};
}

} // namespace

sql_state_store::chain_head sql_state_store::read_chain_head() {
  auto row = link_->sql.query(q::audit_head);
  if (!row.next())
    throw damage{"the audit log has lost its head"};
  return {row->number(0), digest_of(row->text(1)), row->string(2), row->string(3)};
}

void sql_state_store::audit_appender::add(std::span<const audit_entry> xs) {
  while (!xs.empty()) {
    auto some = xs.first(std::min(xs.size(), audited_at_once));
    xs = xs.subspan(some.size());
    look_up(some);
    for (const auto& x : some)
      if (x.event_seq == 0 || known_.insert(x.event_seq).second)
        append(x);
  }
}

/// Finds which of these events are in the chain.
void sql_state_store::audit_appender::look_up(std::span<const audit_entry> xs) {
  std::vector<uint64_t> asked;
  for (const auto& x : xs)
    if (x.event_seq != 0)
      asked.push_back(x.event_seq);
  if (asked.empty())
    return;
  asked.resize(audited_at_once, asked.front());
  auto found = store_.link_->sql.query_list(q::audited_of, asked);
  while (found.next())
    known_.insert(found->number(0));
}

void sql_state_store::audit_appender::append(const audit_entry& x) {
  auto& sql = store_.link_->sql;
  if (!head_)
    head_ = store_.read_chain_head();
  ++head_->number;
  head_->hash = store_.hasher_(head_->hash, head_->number, x);
  sql.run(q::insert_audit, head_->number, to_micros(x.time), std::string_view{x.action},
          std::string_view{x.actor}, std::string_view{x.origin}, std::string_view{x.company_id},
          std::string_view{x.subject}, std::string_view{x.detail}, x.event_seq,
          blob_view{view_of(head_->hash)}, std::string_view{x.person});
}

void sql_state_store::audit_appender::save() {
  if (head_)
    store_.save_chain_head(*head_);
}

void sql_state_store::append_audit_row(const audit_entry& x) {
  audit_appender audit{*this};
  audit.add({&x, 1});
  audit.save();
}

expected<void> sql_state_store::append(const append_audit& x) {
  return writing([&]() -> expected<void> {
    append_audit_row(x.entry);
    return {};
  });
}

rows sql_state_store::audit_rows(const list_request& p, int64_t bound, size_t limit) {
  auto& sql = link_->sql;
  const std::string_view company{p.company_id ? *p.company_id : std::string_view{}};
  const std::string_view action{p.name ? *p.name : std::string_view{}};
  if (p.company_id && p.name)
    return sql.query(either(p.ascending, q::audit_of_both, q::audit_of_both_down), bound, limit,
                     company, action);
  if (p.company_id)
    return sql.query(either(p.ascending, q::audit_of_company, q::audit_of_company_down), bound,
                     limit, company);
  if (p.name)
    return sql.query(either(p.ascending, q::audit_of_action, q::audit_of_action_down), bound, limit,
                     action);
  return sql.query(either(p.ascending, q::audit, q::audit_down), bound, limit);
}

expected<audit_page> sql_state_store::audit(const list_audit& x) {
  return reading([&]() -> expected<audit_page> {
    if (x.actor || x.subject || x.origin || x.from || x.to)
      return filtered(x);
    const auto limit = limit_of(x.page);
    auto all = audit_rows(x.page, bound_of(x.page), limit + 1);
    return take_page<audit_row>(all, limit, row_of, [](const auto& r) { return r.number; });
  });
}

audit_page sql_state_store::filtered(const list_audit& x) {
  const auto limit = limit_of(x.page);
  audit_page out;
  auto all = audit_rows(x.page, bound_of(x.page), audit_budget);
  size_t looked_at = 0;
  uint64_t last = 0;
  while (out.items.size() < limit && all.next()) {
    ++looked_at;
    auto row = row_of(*all);
    last = row.number;
    if (fits(row.entry, x))
      out.items.push_back(std::move(row));
  }
  if (looked_at == audit_budget || out.items.size() == limit)
    out.next = last;
  return out;
}

expected<audit_progress> sql_state_store::verify(const verify_audit& x) {
  if (x.from == 0)
    return failure{ec::invalid_argument, "audit rows are numbered from 1", "from"};
  const auto given = x.hash.empty() ? audit_digest{} : digest_from_hex(x.hash);
  if (!given)
    return failure{ec::invalid_argument, "the hash is not 64 hexadecimal digits", "hash"};
  // Before the snapshot, so that the snapshot includes the kept end.
  std::optional<audit_end> kept;
  if (seal_) {
    auto read = seal_->kept();
    if (!read)
      return read.error();
    kept = *read;
  }
  return reading([&]() -> expected<audit_progress> {
    auto before = *given;
    if (x.from > 1 && x.hash.empty()) {
      auto row = link_->sql.query(q::audit_hash, x.from - 1);
      if (row.next())
        before = digest_of(row->text(0));
    }
    return verify_segment(x, before, kept);
  });
}

audit_progress sql_state_store::verify_segment(const verify_audit& x, const audit_digest& before,
                                               const std::optional<audit_end>& kept) {
  audit_progress progress;
  auto expected_number = x.from;
  auto hash = before;
  const auto limit = std::max<size_t>(x.limit, 1);
  {
    auto row = link_->sql.query(q::audit, x.from - 1, limit);
    while (row.next()) {
      auto entry = entry_of(*row);
      const auto content = hasher_(hash, expected_number, entry);
      if (row->number(0) != expected_number || row->text(9) != view_of(content)) {
        refuse(progress.verdict, expected_number, "it was changed, removed or moved");
        break;
      }
      if (auto event = event_of(entry))
        progress.events.push_back(std::move(*event));
      hash = content;
      ++progress.verdict.checked;
      ++expected_number;
    }
  }
  if (progress.verdict.valid && progress.verdict.checked == limit)
    progress.next = expected_number;
  else if (progress.verdict.valid)
    check_end(progress.verdict, {expected_number - 1, hash}, kept, x.expect);
  progress.hash = to_hex(hash);
  return progress;
}

void sql_state_store::check_end(audit_verdict& out, const audit_end& last,
                                const std::optional<audit_end>& kept,
                                const std::optional<audit_mark>& noted) {
  const auto head = read_chain_head();
  if (head.number > last.number)
    return refuse(out, last.number + 1, "rows were cut off the end");
  if (head.number < last.number)
    return refuse(out, head.number + 1, "it was added by someone else");
  if (head.hash != last.hash)
    return refuse(out, last.number, "the end of the log is not the one that was written last");
  if (seal_) {
    if (!head.seal.empty() && !seal_->is_seal(head.seal, last, head.log_first))
      return refuse(out, last.number, "the log up to here is not sealed with this node's key");
    if (head.seal.empty() && kept)
      return refuse(out, last.number, "the seal was removed");
    if (kept && !has_row(*kept))
      return refuse(out, std::min(kept->number, last.number + 1),
                    "it is not the one that the node kept in mind");
    out.sealed = !head.seal.empty();
  }
  if (noted && !has_row({noted->number, digest_from_hex(noted->hash).value_or(audit_digest{})}))
    refuse(out, std::min(noted->number, last.number + 1), "it is not the one that is expected");
}

bool sql_state_store::has_row(const audit_end& x) {
  if (x.number == 0)
    return true;
  auto row = link_->sql.query(q::audit_hash, x.number);
  return row.next() && row->text(0) == view_of(x.hash);
}

} // namespace carillon::sql
