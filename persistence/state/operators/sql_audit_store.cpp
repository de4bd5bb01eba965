#include "persistence/state/operators/sql_audit_store.hpp"

#include "messages/access/event_digest.hpp"
#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql/pages.hpp"

#include <algorithm>

#define CARILLON_AUDIT                                                                             \
  "SELECT number, time, action, actor, origin, company_id, subject, detail, event_seq, hash, "     \
  "person FROM audit_log "

namespace carillon::sql {

namespace {

namespace q {

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

failure refusal(const std::string& why) {
  return {ec::store_corrupt,
          why
            + "; find out who did that, and restore a backup, or accept what is there with "
              "`carillon audit reseal`",
          {}};
}

} // namespace

expected<void> sql_audit_store::append(const append_audit& x) {
  return db_.writing([&]() -> expected<void> {
    trail_.append(x.entry);
    return {};
  });
}

rows sql_audit_store::audit_rows(const list_request& p, int64_t bound, size_t limit) {
  auto& sql = db_.sql();
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

expected<audit_page> sql_audit_store::list(const list_audit& x) {
  return db_.reading([&]() -> expected<audit_page> {
    if (x.actor || x.subject || x.origin || x.from || x.to)
      return filtered(x);
    const auto limit = limit_of(x.page);
    auto all = audit_rows(x.page, bound_of(x.page), limit + 1);
    return take_page<audit_row>(all, limit, row_of, [](const auto& r) { return r.number; });
  });
}

audit_page sql_audit_store::filtered(const list_audit& x) {
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

expected<audit_progress> sql_audit_store::verify(const verify_audit& x) {
  if (x.from == 0)
    return failure{ec::invalid_argument, "audit rows are numbered from 1", "from"};
  const auto given = x.hash.empty() ? audit_digest{} : digest_from_hex(x.hash);
  if (!given)
    return failure{ec::invalid_argument, "the hash is not 64 hexadecimal digits", "hash"};
  // Before the snapshot, so that the snapshot includes the kept end.
  std::optional<audit_end> kept;
  if (const auto& seal = end_.seal()) {
    auto read = seal->kept();
    if (!read)
      return read.error();
    kept = *read;
  }
  return db_.reading([&]() -> expected<audit_progress> {
    auto before = *given;
    if (x.from > 1 && x.hash.empty())
      before = end_.hash_of(x.from - 1).value_or(before);
    return verify_segment(x, before, kept);
  });
}

audit_progress sql_audit_store::verify_segment(const verify_audit& x, const audit_digest& before,
                                               const std::optional<audit_end>& kept) {
  audit_progress progress;
  auto expected_number = x.from;
  auto hash = before;
  const auto limit = std::max<size_t>(x.limit, 1);
  {
    auto row = db_.sql().query(q::audit, x.from - 1, limit);
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

void sql_audit_store::check_end(audit_verdict& out, const audit_end& last,
                                const std::optional<audit_end>& kept,
                                const std::optional<audit_mark>& noted) {
  const auto head = end_.read();
  if (head.number > last.number)
    return refuse(out, last.number + 1, "rows were cut off the end");
  if (head.number < last.number)
    return refuse(out, head.number + 1, "it was added by someone else");
  if (head.hash != last.hash)
    return refuse(out, last.number, "the end of the log is not the one that was written last");
  if (const auto& seal = end_.seal()) {
    if (!head.seal.empty() && !seal->is_seal(head.seal, last, head.log_first))
      return refuse(out, last.number, "the log up to here is not sealed with this node's key");
    if (head.seal.empty() && kept)
      return refuse(out, last.number, "the seal was removed");
    if (kept && !end_.has_row(*kept))
      return refuse(out, std::min(kept->number, last.number + 1),
                    "it is not the one that the node kept in mind");
    out.sealed = !head.seal.empty();
  }
  if (noted
      && !end_.has_row({noted->number, digest_from_hex(noted->hash).value_or(audit_digest{})}))
    refuse(out, std::min(noted->number, last.number + 1), "it is not the one that is expected");
}

std::string sql_audit_store::fault_of(const chain_head& x, const audit_seal& seal,
                                      const std::optional<audit_end>& kept,
                                      const std::optional<std::string>& log_first) {
  if (!x.seal.empty() && !seal.is_seal(x.seal, x.end(), x.log_first))
    return "the audit log is not sealed with the key of this node: it was changed from outside, "
           "is another installation's, or the key file is another one";
  if (x.seal.empty() && x.number > 0 && kept)
    return "the seal of the audit log was removed";
  if (kept && kept->number > x.number)
    return "the audit log ends at row " + std::to_string(x.number) + ", but had one with number "
           + std::to_string(kept->number) + ": its end was cut off, or it is an older copy";
  if (kept && !end_.has_row(*kept))
    return "row " + std::to_string(kept->number) + " of the audit log is not the one that it was";
  if (log_first && !x.log_first.empty() && x.log_first != *log_first)
    return "the state does not belong to this event log: the log begins with another event";
  return {};
}

expected<void> sql_audit_store::seal(audit_seal_ptr seal,
                                     const std::optional<std::string>& log_first) {
  if (!end_.writes()) {
    end_.set_seal(std::move(seal));
    return {};
  }
  auto kept = seal->kept();
  if (!kept)
    return kept.error();
  auto done = db_.writing([&]() -> expected<void> {
    auto head = end_.read();
    if (auto fault = fault_of(head, *seal, *kept, log_first); !fault.empty())
      return refusal(fault);
    end_.set_seal(seal);
    if (log_first)
      head.log_first = *log_first;
    end_.save(head);
    return {};
  });
  if (!done)
    end_.set_seal(nullptr);
  return done;
}

expected<void> sql_audit_store::reseal(audit_seal_ptr seal, const std::string& log_first,
                                       timestamp now) {
  auto done = db_.writing([&]() -> expected<void> {
    auto head = end_.read();
    end_.set_seal(seal);
    head.log_first = log_first;
    end_.save(head);
    auto row = operator_entry({.who = "cli"}, now, "audit.resealed", "audit");
    row.detail = audit_detail{}
                   .add("number", head.number)
                   .add("hash", std::string_view{to_hex(head.hash)})
                   .text();
    trail_.append(row);
    return {};
  });
  if (!done)
    end_.set_seal(nullptr);
  end_.keep(true);
  return done;
}

} // namespace carillon::sql
