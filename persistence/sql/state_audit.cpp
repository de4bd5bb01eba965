#include "persistence/sql/pages.hpp"
#include "persistence/sql/state_store.hpp"

#include <algorithm>

namespace carillon::sql {

namespace {

std::string_view bytes_of(const audit_digest& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

/// A blob of another length is no digest; zeros then, which no row has.
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
          .event_seq = row.number(8)};
}

audit_row row_of(const statement& row) {
  return {.number = row.number(0), .entry = entry_of(row), .hash = to_hex(digest_of(row.text(9)))};
}

} // namespace

sql_state_store::chain_head sql_state_store::read_chain_head() {
  auto row = link_->sql.query(state_query::audit_head);
  if (!row.next())
    throw damage{"the audit log has lost its head"};
  return {row->number(0), digest_of(row->text(1))};
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

/// Finds out which of these events are in the chain.
void sql_state_store::audit_appender::look_up(std::span<const audit_entry> xs) {
  std::vector<uint64_t> asked;
  for (const auto& x : xs)
    if (x.event_seq != 0)
      asked.push_back(x.event_seq);
  if (asked.empty())
    return;
  asked.resize(audited_at_once, asked.front());
  auto found = store_.link_->sql.query_list(state_query::audited_of, asked);
  while (found.next())
    known_.insert(found->number(0));
}

void sql_state_store::audit_appender::append(const audit_entry& x) {
  auto& sql = store_.link_->sql;
  if (!head_)
    head_ = store_.read_chain_head();
  ++head_->number;
  head_->hash = store_.hasher_(head_->hash, head_->number, x);
  sql.run(state_query::insert_audit, head_->number, to_micros(x.time), std::string_view{x.action},
          std::string_view{x.actor}, std::string_view{x.origin}, std::string_view{x.company_id},
          std::string_view{x.subject}, std::string_view{x.detail}, x.event_seq,
          blob_view{bytes_of(head_->hash)});
}

void sql_state_store::audit_appender::save() {
  if (head_)
    store_.link_->sql.run(state_query::save_audit_head, head_->number,
                          blob_view{bytes_of(head_->hash)});
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

expected<audit_page> sql_state_store::audit(const list_audit& x) {
  return reading([&]() -> expected<audit_page> {
    using q = state_query;
    auto& sql = link_->sql;
    const auto& p = x.page;
    const auto bound = bound_of(p);
    const auto limit = limit_of(p);
    const auto take = [&](rows all) {
      return take_page<audit_row>(all, limit, row_of, [](const auto& r) { return r.number; });
    };
    const std::string_view company{p.company_id ? *p.company_id : std::string_view{}};
    const std::string_view action{p.name ? *p.name : std::string_view{}};
    if (p.company_id && p.name)
      return take(sql.query(p.ascending ? q::audit_of_both : q::audit_of_both_down, bound,
                            limit + 1, company, action));
    if (p.company_id)
      return take(sql.query(p.ascending ? q::audit_of_company : q::audit_of_company_down, bound,
                            limit + 1, company));
    if (p.name)
      return take(sql.query(p.ascending ? q::audit_of_action : q::audit_of_action_down, bound,
                            limit + 1, action));
    return take(sql.query(p.ascending ? q::audit : q::audit_down, bound, limit + 1));
  });
}

expected<audit_progress> sql_state_store::verify(const verify_audit& x) {
  if (x.from == 0)
    return failure{ec::invalid_argument, "audit rows are numbered from 1", "from"};
  const auto given = x.hash.empty() ? audit_digest{} : digest_from_hex(x.hash);
  if (!given)
    return failure{ec::invalid_argument, "the hash is not 64 hexadecimal digits", "hash"};
  return reading([&]() -> expected<audit_progress> {
    auto before = *given;
    if (x.from > 1 && x.hash.empty()) {
      auto row = link_->sql.query(state_query::audit_hash, x.from - 1);
      if (row.next())
        before = digest_of(row->text(0));
    }
    return verify_stretch(x, before);
  });
}

audit_progress sql_state_store::verify_stretch(const verify_audit& x, const audit_digest& before) {
  audit_progress progress;
  auto expected_number = x.from;
  auto hash = before;
  const auto bad = [&](uint64_t number) {
    progress.verdict.valid = false;
    progress.verdict.first_bad = number;
    progress.hash = to_hex(hash);
    return progress;
  };
  const auto limit = std::max<size_t>(x.limit, 1);
  auto row = link_->sql.query(state_query::audit, x.from - 1, limit);
  while (row.next()) {
    if (row->number(0) != expected_number)
      return bad(expected_number);
    const auto content = hasher_(hash, expected_number, entry_of(*row));
    if (row->text(9) != bytes_of(content))
      return bad(expected_number);
    hash = content;
    ++progress.verdict.checked;
    ++expected_number;
  }
  if (progress.verdict.checked == limit) {
    progress.next = expected_number;
  } else if (const auto number = check_end(expected_number - 1, hash)) {
    return bad(*number);
  }
  progress.hash = to_hex(hash);
  return progress;
}

std::optional<uint64_t> sql_state_store::check_end(uint64_t last, const audit_digest& hash) {
  const auto head = read_chain_head();
  if (head.number > last)
    return last + 1; // Rows were cut off.
  if (head.number < last)
    return head.number + 1; // Rows were added by someone else.
  if (head.hash != hash)
    return last;
  return std::nullopt;
}

} // namespace carillon::sql
