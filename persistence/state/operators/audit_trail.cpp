#include "persistence/state/operators/audit_trail.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace carillon::sql {

namespace {

namespace q {

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

} // namespace q

/// Parameters of `q::audited_of`.
constexpr size_t audited_at_once = 32;

} // namespace

void audit_trail::begin() {
  head_.reset();
  known_.clear();
}

void audit_trail::append(const audit_entry& x) {
  begin();
  add({&x, 1});
  finish();
}

void audit_trail::apply(const effects& x, timestamp /*now*/) {
  add(x.all<audit_entry>());
}

void audit_trail::finish() {
  if (head_)
    end_.save(*head_);
  begin();
}

void audit_trail::add(std::span<const audit_entry> xs) {
  while (!xs.empty()) {
    auto some = xs.first(std::min(xs.size(), audited_at_once));
    xs = xs.subspan(some.size());
    look_up(some);
    for (const auto& x : some)
      if (x.event_seq == 0 || known_.insert(x.event_seq).second)
        write(x);
  }
}

void audit_trail::look_up(std::span<const audit_entry> xs) {
  std::vector<uint64_t> asked;
  for (const auto& x : xs)
    if (x.event_seq != 0)
      asked.push_back(x.event_seq);
  if (asked.empty())
    return;
  asked.resize(audited_at_once, asked.front());
  auto found = db_.sql().query_list(q::audited_of, asked);
  while (found.next())
    known_.insert(found->number(0));
}

void audit_trail::write(const audit_entry& x) {
  auto& sql = db_.sql();
  if (!head_)
    head_ = end_.read();
  ++head_->number;
  head_->hash = hasher_(head_->hash, head_->number, x);
  sql.run(q::insert_audit, head_->number, to_micros(x.time), std::string_view{x.action},
          std::string_view{x.actor}, std::string_view{x.origin}, std::string_view{x.company_id},
          std::string_view{x.subject}, std::string_view{x.detail}, x.event_seq,
          blob_view{view_of(head_->hash)}, std::string_view{x.person});
}

} // namespace carillon::sql
