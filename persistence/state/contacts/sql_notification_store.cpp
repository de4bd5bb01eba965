#include "persistence/state/contacts/sql_notification_store.hpp"

#include "persistence/state/sql/pages.hpp"

#include <algorithm>

#define CARILLON_NOTIFICATIONS                                                                     \
  "SELECT id, user_id, company_id, kind, event_seq, title, body, link, created_at, read_at "       \
  "FROM notifications "

namespace carillon::sql {

namespace {

namespace q {

// Mutes of the user's contact at the event's company apply; for a user without one, mutes of
// the contact without a company.
const sql_query notify_user{
  "notify_user", "INSERT INTO notifications "
                 "(key, user_id, company_id, kind, event_seq, title, body, link, created_at) "
                 "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (SELECT 1 "
                 "FROM contact_mutes WHERE user_id = ?2 AND channel = 1 AND kind IN (?4, '*') "
                 "AND company_id = coalesce((SELECT company_id FROM contacts WHERE user_id = ?2 "
                 "AND company_id = ?3), '')) ON CONFLICT (key, user_id, company_id) DO NOTHING"};
const sql_query notify_company{
  "notify_company",
  "INSERT INTO notifications "
  "(key, user_id, company_id, kind, event_seq, title, body, link, created_at) "
  "SELECT ?1, c.user_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM contacts c "
  "WHERE c.company_id = ?3 AND (?2 = '' OR c.role = ?2) AND NOT EXISTS (SELECT 1 "
  // An expression, so that PostgreSQL looks up each contact's mutes, not a company's.
  "FROM contact_mutes m WHERE m.user_id = c.user_id "
  "AND m.company_id = c.company_id || '' "
  "AND m.channel = 1 AND m.kind IN (?4, '*')) "
  "ON CONFLICT (key, user_id, company_id) DO NOTHING"};
const sql_query notify_all{
  "notify_all", "INSERT INTO notifications "
                "(key, user_id, company_id, kind, event_seq, title, body, link, created_at) "
                "SELECT ?1, c.user_id, c.company_id, ?4, ?5, ?6, ?7, ?8, ?9 FROM contacts c "
                "WHERE c.user_id > '' AND ?2 = '' AND ?3 = '' AND NOT EXISTS (SELECT 1 "
                // An expression, so that PostgreSQL looks up each contact's mutes, not a company's.
                "FROM contact_mutes m WHERE m.user_id = c.user_id "
                "AND m.company_id = c.company_id || '' "
                "AND m.channel = 1 AND m.kind IN (?4, '*')) "
                "ON CONFLICT (key, user_id, company_id) DO NOTHING"};
const sql_query notifications{"notifications", CARILLON_NOTIFICATIONS
                              "WHERE user_id = ?3 AND id < ?1 "
                              "AND (?4 = 0 OR company_id = ?5 OR (?4 = 2 AND company_id = '')) "
                              "ORDER BY id DESC LIMIT ?2"};
const sql_query unread_notifications{
  "unread_notifications",
  CARILLON_NOTIFICATIONS "WHERE user_id = ?3 AND read_at IS NULL AND id < ?1 "
                         "AND (?4 = 0 OR company_id = ?5 OR (?4 = 2 AND company_id = '')) "
                         "ORDER BY id DESC LIMIT ?2"};
const sql_query count_unread{
  "count_unread", "SELECT count(*) FROM notifications WHERE user_id = ?1 AND read_at IS NULL "
                  "AND (?2 = 0 OR company_id = ?3 OR (?2 = 2 AND company_id = ''))"};
const sql_query notification{"notification", CARILLON_NOTIFICATIONS "WHERE id = ?1"};
const sql_query read_notification{
  "read_notification", "UPDATE notifications SET read_at = ?2 WHERE id = ?1 AND read_at IS NULL"};
const sql_query read_all{
  "read_all", "UPDATE notifications SET read_at = ?2 WHERE user_id = ?1 AND read_at IS NULL "
              "AND (?3 = 0 OR company_id = ?4 OR (?3 = 2 AND company_id = ''))"};
const sql_query announced{"announced", "SELECT up_to FROM notification_cursor WHERE one = 1"};
const sql_query note_announced{
  "note_announced", "UPDATE notification_cursor SET up_to = ?1 WHERE one = 1 AND up_to < ?1"};
const sql_query unannounced{"unannounced",
                            CARILLON_NOTIFICATIONS "WHERE id > ?1 ORDER BY id LIMIT ?2"};
// The oldest have the lowest ids; an index by time would slow every handler down.
const sql_query trim_notifications{
  "trim_notifications", "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications "
                        "WHERE id <= ?3 ORDER BY id LIMIT ?2) AND created_at < ?1"};

} // namespace q

notification notification_of(const statement& row) {
  notification out{.id = row.number(0),
                   .user_id = row.string(1),
                   .company_id = row.string(2),
                   .kind = row.string(3),
                   .event_seq = row.number(4),
                   .title = row.string(5),
                   .body = row.string(6),
                   .link = row.string(7),
                   .created_at = from_micros(row.integer(8)),
                   .read_at = {}};
  if (!row.null(9))
    out.read_at = from_micros(row.integer(9));
  return out;
}

/// The company of a request as the statements take it: 0 = any company, 1 = this one, 2 = this one
/// or none.
template <class Request>
int company_rule(const Request& x) noexcept {
  if (!x.company_id)
    return 0;
  return x.or_none ? 2 : 1;
}

} // namespace

void sql_notification_store::notify(const notification_draft& x, timestamp now) {
  const bool one = !x.user_id.empty();
  const bool all = !one && x.company_id.empty() && x.role.empty();
  const auto& query = either(one, q::notify_user, either(all, q::notify_all, q::notify_company));
  db_.sql().run(query, std::string_view{x.key}, std::string_view{one ? x.user_id : x.role},
                std::string_view{x.company_id}, std::string_view{x.kind}, x.event_seq,
                std::string_view{x.title}, std::string_view{x.body}, std::string_view{x.link},
                to_micros(now));
}

void sql_notification_store::apply(const effects& x, timestamp now) {
  for (const auto& draft : x.all<notification_draft>())
    notify(draft, now);
}

expected<notification_list> sql_notification_store::list(const list_notifications& x) {
  return db_.reading([&]() -> expected<notification_list> {
    const auto limit = limit_of(x.page);
    const std::string_view user{x.user_id};
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    notification_list out;
    {
      auto found = db_.sql().query(either(x.unread_only, q::unread_notifications, q::notifications),
                                   bound_of(x.page), limit + 1, user, company_rule(x), company);
      auto page = take_page<notification>(found, limit, notification_of,
                                          [](const notification& y) { return y.id; });
      out.items = std::move(page.items);
      out.next = page.next;
    }
    auto unread = db_.sql().query(q::count_unread, user, company_rule(x), company);
    out.unread = unread.next() ? unread->number(0) : 0;
    return out;
  });
}

expected<notification> sql_notification_store::find(const get_notification& x) {
  auto row = db_.sql().query(q::notification, x.id);
  if (row.next()) {
    auto out = notification_of(*row);
    if ((x.user_id.empty() || out.user_id == x.user_id)
        && (!x.company_id || out.company_id == *x.company_id
            || (x.or_none && out.company_id.empty())))
      return out;
  }
  return failure{ec::not_found, "there is no such notification", "id"};
}

expected<notification> sql_notification_store::get(const get_notification& x) {
  return db_.reading([&] { return find(x); });
}

expected<uint64_t> sql_notification_store::read(const read_notifications& x, timestamp now) {
  return db_.writing([&]() -> expected<uint64_t> {
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    if (x.id == 0)
      return static_cast<uint64_t>(db_.sql().change(q::read_all, std::string_view{x.user_id},
                                                    to_micros(now), company_rule(x), company));
    if (auto there = find({x.id, x.user_id, x.company_id, x.or_none}); !there)
      return there.error();
    return static_cast<uint64_t>(db_.sql().change(q::read_notification, x.id, to_micros(now)));
  });
}

uint64_t sql_notification_store::announced_to() {
  auto row = db_.sql().query(q::announced);
  return row.next() ? row->number(0) : 0;
}

expected<notifications> sql_notification_store::unannounced(const unannounced_notifications& x) {
  return db_.reading([&]() -> expected<notifications> {
    notifications out;
    auto row
      = db_.sql().query(q::unannounced, announced_to(), std::clamp<size_t>(x.limit, 1, 10'000));
    while (row.next())
      out.push_back(notification_of(*row));
    return out;
  });
}

expected<void> sql_notification_store::note(const note_announced& x) {
  return db_.writing([&]() -> expected<void> {
    db_.sql().run(q::note_announced, x.up_to);
    return {};
  });
}

expected<uint64_t> sql_notification_store::trim(const trim_notifications& x) {
  return db_.writing([&]() -> expected<uint64_t> {
    // Unannounced ones stay.
    return static_cast<uint64_t>(
      db_.sql().change(q::trim_notifications, to_micros(x.before), x.limit, announced_to()));
  });
}

} // namespace carillon::sql
