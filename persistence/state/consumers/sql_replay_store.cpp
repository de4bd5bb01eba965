#include "persistence/state/consumers/sql_replay_store.hpp"

#include "messages/events/filter.hpp"
#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql/pages.hpp"

#include <charconv>

#define CARILLON_REPLAYS                                                                           \
  "SELECT id, phase, target, filter, positions, rate, up_to, cursor, matched, delivered, error, "  \
  "created_at, updated_at, who, origin FROM replays "

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_replay{
  "insert_replay",
  "INSERT INTO replays (phase, target, filter, positions, company_id, rate, up_to, "
  "cursor, matched, delivered, error, created_at, updated_at, who, origin) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
  "RETURNING id"};
const sql_query update_replay{
  "update_replay", "UPDATE replays SET phase = ?2, cursor = ?3, delivered = ?4, error = ?5, "
                   "updated_at = ?6 WHERE id = ?1"};
const sql_query replay{"replay", CARILLON_REPLAYS "WHERE id = ?1"};
const sql_query running_replays{"running_replays", CARILLON_REPLAYS "WHERE phase = 0 ORDER BY id"};
const sql_query replays{"replays", CARILLON_REPLAYS "WHERE id > ?1 ORDER BY id LIMIT ?2"};
const sql_query replays_down{"replays_down",
                             CARILLON_REPLAYS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2"};
const sql_query replays_of_company{"replays_of_company", CARILLON_REPLAYS
                                   "WHERE company_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
const sql_query replays_of_company_down{
  "replays_of_company_down",
  CARILLON_REPLAYS "WHERE company_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"};

} // namespace q

std::string to_text(const std::vector<position>& xs) {
  std::string text;
  for (const auto x : xs) {
    if (!text.empty())
      text += ',';
    text += std::to_string(x);
  }
  return text;
}

std::vector<position> positions_from(std::string_view text) {
  std::vector<position> all;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    position x = 0;
    const auto [stop, error] = std::from_chars(at, end, x);
    if (error != std::errc{})
      break;
    all.push_back(x);
    at = stop + 1;
  }
  return all;
}

replay_record replay_of(const statement& row) {
  replay_record x{.id = row.number(0),
                  .phase = static_cast<replay_phase>(row.integer(1) & 3),
                  .target = {},
                  .filter = {},
                  .positions = positions_from(row.text(4)),
                  .rate = static_cast<uint32_t>(row.integer(5)),
                  .up_to = row.number(6),
                  .cursor = row.number(7),
                  .matched = row.number(8),
                  .delivered = row.number(9),
                  .error = row.string(10),
                  .created_at = from_micros(row.integer(11)),
                  .updated_at = from_micros(row.integer(12)),
                  .by = {row.string(13), row.string(14)}};
  auto target = replay_target_from(row.text(2));
  if (!target)
    throw damage{"a replay with an unreadable target"};
  x.target = std::move(*target);
  auto filter = filter_from_json(row.text(3));
  if (!filter)
    throw damage{"a replay with an unreadable filter"};
  x.filter = std::move(*filter);
  return x;
}

} // namespace

expected<replay_record> sql_replay_store::create(const create_replay& x, timestamp now) {
  return db_.writing([&]() -> expected<replay_record> {
    auto r = x.record;
    r.created_at = now;
    r.updated_at = now;
    const auto target = to_text(r.target);
    const auto filter = to_json(r.filter);
    const auto positions = to_text(r.positions);
    const std::string_view company{r.filter.company_id ? *r.filter.company_id : std::string_view{}};
    r.id = inserted(db_.sql().query(
      q::insert_replay, static_cast<int64_t>(r.phase), std::string_view{target},
      std::string_view{filter}, std::string_view{positions}, company, r.rate, r.up_to, r.cursor,
      r.matched, r.delivered, std::string_view{r.error}, to_micros(now), to_micros(now),
      std::string_view{r.by.who}, std::string_view{r.by.from}));
    auto entry = operator_entry(r.by, now, "replay.created", "replay:" + std::to_string(r.id));
    entry.company_id = company;
    audit_detail detail;
    detail.add("target", std::string_view{target}).add("matched", r.matched).add("upTo", r.up_to);
    // The selection of a replay: a filter, or the first and last of its positions.
    if (r.positions.empty())
      detail.add_json("filter", filter);
    else
      detail.add("first", r.positions.front()).add("last", r.positions.back());
    entry.detail = detail.text();
    audit_.append(entry);
    return r;
  });
}

expected<void> sql_replay_store::update(const update_replay& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const int64_t changed
      = db_.sql().change(q::update_replay, x.id, static_cast<int64_t>(x.phase), x.cursor,
                         x.delivered, std::string_view{x.error}, to_micros(now));
    if (changed == 0)
      return failure{ec::not_found, "no replay " + std::to_string(x.id), {}};
    return {};
  });
}

expected<replay_record> sql_replay_store::get(const get_replay& x) {
  return db_.reading([&]() -> expected<replay_record> {
    auto row = db_.sql().query(q::replay, x.id);
    if (!row.next())
      return failure{ec::not_found, "no replay " + std::to_string(x.id), {}};
    return replay_of(*row);
  });
}

expected<replay_records> sql_replay_store::running() {
  return db_.reading([&]() -> expected<replay_records> {
    replay_records all;
    auto row = db_.sql().query(q::running_replays);
    while (row.next())
      all.push_back(replay_of(*row));
    return all;
  });
}

expected<replay_page> sql_replay_store::list(const list_replays& x) {
  return db_.reading([&]() -> expected<replay_page> {
    auto& sql = db_.sql();
    const auto& p = x.page;
    const auto bound = bound_of(p);
    const auto limit = limit_of(p);
    const auto take = [&](rows all) {
      return take_page<replay_record>(all, limit, replay_of, [](const auto& r) { return r.id; });
    };
    if (p.company_id)
      return take(sql.query(either(p.ascending, q::replays_of_company, q::replays_of_company_down),
                            bound, limit + 1, std::string_view{*p.company_id}));
    return take(sql.query(either(p.ascending, q::replays, q::replays_down), bound, limit + 1));
  });
}

} // namespace carillon::sql
