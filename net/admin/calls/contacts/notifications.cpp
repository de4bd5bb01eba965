#include "base/json/object_reader.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/contacts/contact_calls.hpp"
#include "net/admin/query_reader.hpp"
#include "net/data/notifications/notification_text.hpp"

namespace carillon::admin {

namespace {

template <class R, class Request>
expected<R> ask_store(const call& c, const notification_store_actor& to, Request request) {
  if (to == nullptr)
    return failure{ec::store_unavailable, "notifications are not kept here", {}};
  return ask<R>(c, to, std::move(request));
}

expected<uint64_t> id_of(const call& c) {
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return failure{ec::not_found, "there is no such notification", "id"};
  return *id;
}

expected<answer> mark_read(call& c, read_notifications request) {
  request.company_id = c.bound_company();
  auto count = ask_store<uint64_t>(c, c.ctx.backend.state_writer.notifications, std::move(request));
  if (!count)
    return count.error();
  return answer{.body = read_count_json(*count)};
}

} // namespace

expected<answer> show_notifications(call& c) {
  query_reader q{c};
  list_notifications request;
  request.company_id = q.company();
  request.user_id = q.identifier("userId").value_or("");
  request.unread_only = q.flag("unread");
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  if (!is_identifier(request.user_id))
    return failure{ec::invalid_argument, "say whose notifications, by userId", "userId"};
  auto page
    = ask_store<notification_list>(c, c.ctx.backend.state_reader.notifications, std::move(request));
  if (!page)
    return page.error();
  json_writer out;
  out.begin_object();
  put_notifications(out, *page);
  q.put_next(out, page->next);
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> show_notification(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  query_reader q{c};
  get_notification request{*id, q.identifier("userId").value_or(""), c.bound_company()};
  if (q.fault())
    return *q.fault();
  auto found
    = ask_store<notification>(c, c.ctx.backend.state_reader.notifications, std::move(request));
  if (!found)
    return found.error();
  json_writer out;
  put_notification(out, *found);
  return answer{.body = out.take()};
}

expected<answer> read_notification(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  query_reader q{c};
  read_notifications request{.id = *id};
  auto asked = q.identifier("userId");
  if (q.fault())
    return *q.fault();
  if (!c.request.body.empty()) {
    auto body = parse_object(c.request.body);
    if (!body)
      return body.error();
    object_reader in{*body};
    auto user = in.text("userId");
    if (user && !is_identifier(*user))
      in.fail("userId", "the user is 1 to 128 bytes without control characters");
    if (user && asked && *user != *asked)
      in.fail("userId", "the body names another user than the query");
    if (auto fault = in.finish())
      return *fault;
    if (user)
      asked = std::move(user);
  }
  // An application that forwards a user's request names the user, so that one user cannot mark
  // another's notifications.
  request.user_id = asked.value_or("");
  return mark_read(c, std::move(request));
}

expected<answer> read_all_notifications(call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  read_notifications request;
  request.user_id = in.required_text("userId");
  if (!is_identifier(request.user_id))
    in.fail("userId", "the user is 1 to 128 bytes without control characters");
  if (auto fault = in.finish())
    return *fault;
  return mark_read(c, std::move(request));
}

} // namespace carillon::admin
