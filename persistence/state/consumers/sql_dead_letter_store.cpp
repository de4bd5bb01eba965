#include "persistence/state/consumers/sql_dead_letter_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql/pages.hpp"

#define CARILLON_DEAD_LETTERS                                                                      \
  "SELECT id, consumer, seq, replay_id, event_id, event_type, company_id, attempts, last_error, "  \
  "created_at FROM dead_letters "

namespace carillon::sql {

namespace {

namespace q {

const sql_query dead_letter{"dead_letter", CARILLON_DEAD_LETTERS "WHERE id = ?1"};
const sql_query erase_dead_letter{"erase_dead_letter", "DELETE FROM dead_letters WHERE id = ?1"};
const sql_query dead_letters{"dead_letters",
                             CARILLON_DEAD_LETTERS "WHERE id > ?1 ORDER BY id LIMIT ?2"};
const sql_query dead_letters_down{"dead_letters_down",
                                  CARILLON_DEAD_LETTERS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2"};
const sql_query dead_letters_of_consumer{"dead_letters_of_consumer", CARILLON_DEAD_LETTERS
                                         "WHERE consumer = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
const sql_query dead_letters_of_consumer_down{
  "dead_letters_of_consumer_down",
  CARILLON_DEAD_LETTERS "WHERE consumer = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"};
const sql_query dead_letters_of_company{"dead_letters_of_company", CARILLON_DEAD_LETTERS
                                        "WHERE company_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
const sql_query dead_letters_of_company_down{
  "dead_letters_of_company_down",
  CARILLON_DEAD_LETTERS "WHERE company_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"};
const sql_query dead_letters_of_both{
  "dead_letters_of_both",
  CARILLON_DEAD_LETTERS "WHERE company_id = ?3 AND consumer = ?4 AND id > ?1 ORDER BY id LIMIT ?2"};
const sql_query dead_letters_of_both_down{
  "dead_letters_of_both_down", CARILLON_DEAD_LETTERS
  "WHERE company_id = ?3 AND consumer = ?4 AND id < ?1 ORDER BY id DESC LIMIT ?2"};

} // namespace q

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

expected<dead_letter_page> sql_dead_letter_store::list(const list_dead_letters& x) {
  return db_.reading([&]() -> expected<dead_letter_page> {
    auto& sql = db_.sql();
    const auto& p = x.page;
    const auto bound = bound_of(p);
    const auto limit = limit_of(p);
    const auto take = [&](rows all) {
      return take_page<dead_letter>(all, limit, letter_of, [](const auto& d) { return d.id; });
    };
    const std::string_view company{p.company_id ? *p.company_id : std::string_view{}};
    const std::string_view name{p.name ? *p.name : std::string_view{}};
    if (p.company_id && p.name)
      return take(
        sql.query(either(p.ascending, q::dead_letters_of_both, q::dead_letters_of_both_down), bound,
                  limit + 1, company, name));
    if (p.company_id)
      return take(
        sql.query(either(p.ascending, q::dead_letters_of_company, q::dead_letters_of_company_down),
                  bound, limit + 1, company));
    if (p.name)
      return take(sql.query(
        either(p.ascending, q::dead_letters_of_consumer, q::dead_letters_of_consumer_down), bound,
        limit + 1, name));
    return take(
      sql.query(either(p.ascending, q::dead_letters, q::dead_letters_down), bound, limit + 1));
  });
}

expected<dead_letter> sql_dead_letter_store::resolve(const resolve_dead_letter& x, timestamp now) {
  return db_.writing([&]() -> expected<dead_letter> {
    auto& sql = db_.sql();
    std::optional<dead_letter> letter;
    {
      auto row = sql.query(q::dead_letter, x.id);
      if (row.next())
        letter = letter_of(*row);
    }
    if (!letter || (x.company_id && letter->company_id != *x.company_id))
      return failure{ec::not_found, "no dead letter " + std::to_string(x.id), {}};
    const std::string_view consumer{letter->consumer};
    sql.run(q::erase_dead_letter, x.id);
    table_.count_dead_letters(letter->consumer, -1);
    if (x.retry) {
      table_.put_retry(letter->consumer, {.seq = letter->seq,
                                          .replay_id = letter->replay_id,
                                          .attempts = 0,
                                          .due = now,
                                          .key = {},
                                          .last_error = letter->last_error,
                                          .first_failed_at = letter->created_at});
      owner_.note_retried(*letter, now);
    }
    auto entry
      = operator_entry(x.by, now, x.retry ? "dead_letter.retried" : "dead_letter.discarded",
                       "dead_letter:" + std::to_string(x.id));
    entry.company_id = letter->company_id;
    entry.detail = audit_detail{}.add("consumer", consumer).add("seq", letter->seq).text();
    audit_.append(entry);
    return *letter;
  });
}

} // namespace carillon::sql
