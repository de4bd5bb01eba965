#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"

namespace carillon::sql {

namespace {

dead_letter letter_of(const statement& row) {
  return {.id = row.number(0),
          .consumer = row.string(1),
          .seq = row.number(2),
          .replay_id = row.number(3),
          .event_id = row.string(4),
          .event_type = row.string(5),
          .company_id = row.string(6),
          .attempts = static_cast<uint32_t>(row.integer(7)),
          .last_error = row.string(8),
          .created_at = from_micros(row.integer(9))};
}

} // namespace

expected<dead_letter_page> sql_state_store::dead_letters(const list_dead_letters& x) {
  return reading([&]() -> expected<dead_letter_page> {
    using q = state_query;
    auto& sql = link_->sql;
    const auto& p = x.page;
    const auto bound = bound_of(p);
    const auto limit = limit_of(p);
    const auto take = [&](rows all) {
      return take_page<dead_letter>(all, limit, letter_of, [](const auto& d) { return d.id; });
    };
    const std::string_view company{p.company_id ? *p.company_id : std::string_view{}};
    const std::string_view name{p.name ? *p.name : std::string_view{}};
    if (p.company_id && p.name)
      return take(sql.query(p.ascending ? q::dead_letters_of_both : q::dead_letters_of_both_down,
                            bound, limit + 1, company, name));
    if (p.company_id)
      return take(
        sql.query(p.ascending ? q::dead_letters_of_company : q::dead_letters_of_company_down, bound,
                  limit + 1, company));
    if (p.name)
      return take(
        sql.query(p.ascending ? q::dead_letters_of_consumer : q::dead_letters_of_consumer_down,
                  bound, limit + 1, name));
    return take(sql.query(p.ascending ? q::dead_letters : q::dead_letters_down, bound, limit + 1));
  });
}

expected<dead_letter> sql_state_store::resolve(const resolve_dead_letter& x, timestamp now) {
  return writing([&]() -> expected<dead_letter> {
    auto& sql = link_->sql;
    std::optional<dead_letter> letter;
    {
      auto row = sql.query(state_query::dead_letter, x.id);
      if (row.next())
        letter = letter_of(*row);
    }
    if (!letter || (x.company_id && letter->company_id != *x.company_id))
      return failure{ec::not_found, "no dead letter " + std::to_string(x.id), {}};
    const std::string_view consumer{letter->consumer};
    sql.run(state_query::erase_dead_letter, x.id);
    sql.run(state_query::count_dead_letters, consumer, -1);
    if (x.retry)
      sql.run(state_query::upsert_retry, consumer, letter->seq, letter->replay_id, 0,
              to_micros(now), std::string_view{}, std::string_view{letter->last_error},
              to_micros(letter->created_at));
    if (x.retry)
      note_resolved(*letter, now);
    auto entry
      = operator_entry(x.by, now, x.retry ? "dead_letter.retried" : "dead_letter.discarded",
                       "dead_letter:" + std::to_string(x.id));
    entry.company_id = letter->company_id;
    entry.detail = audit_detail{}.add("consumer", consumer).add("seq", letter->seq).text();
    append_audit_row(entry);
    return *letter;
  });
}

} // namespace carillon::sql
