#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"

// Notifications in the application.

namespace carillon::sql {

namespace {

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

} // namespace

void sql_state_store::notify(const notification_draft& x, timestamp now) {
  const bool one = !x.user_id.empty();
  auto query = one ? people_query::notify_user : people_query::notify_company;
  if (!one && x.company_id.empty() && x.role.empty())
    query = people_query::notify_all;
  link_->people.run(query, std::string_view{x.key}, std::string_view{one ? x.user_id : x.role},
                    std::string_view{x.company_id}, std::string_view{x.kind}, x.event_seq,
                    std::string_view{x.title}, std::string_view{x.body}, std::string_view{x.link},
                    to_micros(now));
}

void sql_state_store::apply_people(const effects& x, timestamp now) {
  for (const auto& draft : x.all<job_draft>())
    put_job(draft, now);
  for (const auto& draft : x.all<notification_draft>())
    notify(draft, now);
}

expected<notification_list> sql_state_store::notifications_of(const list_notifications& x) {
  return reading([&]() -> expected<notification_list> {
    const auto limit = limit_of(x.page);
    const std::string_view user{x.user_id};
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    notification_list out;
    {
      auto found = link_->people.query(
        x.unread_only ? people_query::unread_notifications : people_query::notifications,
        bound_of(x.page), limit + 1, user, x.company_id ? 1 : 0, company);
      auto page = take_page<notification>(found, limit, notification_of,
                                          [](const notification& y) { return y.id; });
      out.items = std::move(page.items);
      out.next = page.next;
    }
    auto unread
      = link_->people.query(people_query::count_unread, user, x.company_id ? 1 : 0, company);
    out.unread = unread.next() ? unread->number(0) : 0;
    return out;
  });
}

expected<notification> sql_state_store::find_notification(const get_notification& x) {
  auto row = link_->people.query(people_query::notification, x.id);
  if (row.next()) {
    auto out = notification_of(*row);
    if ((x.user_id.empty() || out.user_id == x.user_id)
        && (!x.company_id || out.company_id == *x.company_id))
      return out;
  }
  return failure{ec::not_found, "there is no such notification", "id"};
}

expected<notification> sql_state_store::get(const get_notification& x) {
  return reading([&] { return find_notification(x); });
}

expected<uint64_t> sql_state_store::read(const read_notifications& x, timestamp now) {
  return writing([&]() -> expected<uint64_t> {
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    if (x.id == 0)
      return static_cast<uint64_t>(link_->people.change(people_query::read_all,
                                                        std::string_view{x.user_id}, to_micros(now),
                                                        x.company_id ? 1 : 0, company));
    if (auto there = find_notification({x.id, x.user_id, x.company_id}); !there)
      return there.error();
    return static_cast<uint64_t>(
      link_->people.change(people_query::read_notification, x.id, to_micros(now)));
  });
}

uint64_t sql_state_store::announced_to() {
  auto row = link_->people.query(people_query::announced);
  return row.next() ? row->number(0) : 0;
}

expected<notifications> sql_state_store::unannounced(const unannounced_notifications& x) {
  return reading([&]() -> expected<notifications> {
    notifications out;
    auto row = link_->people.query(people_query::unannounced, announced_to(),
                                   std::clamp<size_t>(x.limit, 1, 10'000));
    while (row.next())
      out.push_back(notification_of(*row));
    return out;
  });
}

expected<void> sql_state_store::note(const note_announced& x) {
  return writing([&]() -> expected<void> {
    link_->people.run(people_query::note_announced, x.up_to);
    return {};
  });
}

expected<uint64_t> sql_state_store::trim(const trim_notifications& x) {
  return writing([&]() -> expected<uint64_t> {
    // Unannounced ones stay.
    return static_cast<uint64_t>(link_->people.change(
      people_query::trim_notifications, to_micros(x.before), x.limit, announced_to()));
  });
}

} // namespace carillon::sql
