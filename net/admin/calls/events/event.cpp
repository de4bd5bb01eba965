#include "base/json/appender.hpp"
#include "messages/codec/codec.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/calls/events/handler_outcomes.hpp"
#include "net/admin/calls/webhooks/webhook_calls.hpp"
#include "net/admin/query_reader.hpp"
#include "net/admin/server/accept.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

constexpr std::string_view cloud_event_type = "application/cloudevents+json";

/// JSON, unless CloudEvents are preferred, or are equally acceptable and requested by name.
bool wants_cloud_event(std::string_view accept) noexcept {
  auto json = welcome_of(accept, "application/json");
  auto cloud = welcome_of(accept, cloud_event_type);
  return cloud.quality > json.quality
         || (cloud.quality == json.quality && cloud.quality > 0 && cloud.by_name);
}

failure no_event() {
  return {ec::not_found, "there is no such event", "id"};
}

bool is_number(std::string_view x) noexcept {
  return std::all_of(x.begin(), x.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The event that a path names: digits alone are a position, anything else is an id. With a
/// `source` it is always an id. An id of digits, or one equal to a word of the routes, is found by
/// the list's `id`.
expected<event_ptr> find_event(const call& c, const std::string& key,
                               const std::optional<std::string>& source,
                               const std::optional<std::string>& company_id) {
  find_request request;
  request.company_id = company_id;
  if (!source && is_number(key)) {
    request.seq = number_from(key).value_or(0);
    if (request.seq == 0)
      return no_event();
  } else {
    request.id = key;
    request.source = source;
  }
  auto found = ask<event_ptr>(c, c.ctx.reader(), request);
  if (!found && found.error().code != ec::not_found)
    return found.error();
  // Another company's event is answered like a missing one.
  if (!found || !c.who.may_see((*found)->company_id))
    return no_event();
  return found;
}

/// Values of `expand`.
struct expansions {
  bool handlers = false;
  bool deliveries = false;

  bool any() const noexcept {
    return handlers || deliveries;
  }
};

expected<expansions> expands(const call& c) {
  expansions out;
  auto i = c.query.find("expand");
  if (i == c.query.end())
    return out;
  std::string_view rest = i->second;
  for (;;) {
    auto end = std::min(rest.find(','), rest.size());
    auto name = rest.substr(0, end);
    if (name == "handlers")
      out.handlers = true;
    else if (name == "deliveries")
      out.deliveries = true;
    else
      return failure{ec::invalid_argument, "what can be expanded is: handlers, deliveries",
                     "expand"};
    if (end == rest.size())
      return out;
    rest.remove_prefix(end + 1);
  }
}

/// `until=handled`, with `timeoutMs`: when the wait ends. Empty: no wait.
expected<std::optional<std::chrono::steady_clock::time_point>> waits_until(const call& c,
                                                                           query_reader& q) {
  constexpr uint64_t usual_ms = 5'000;
  constexpr uint64_t most_ms = 10'000;
  const auto timeout = q.position("timeoutMs");
  if (timeout.value_or(usual_ms) > most_ms)
    return failure{ec::invalid_argument,
                   "the value is more than " + std::to_string(most_ms) + " milliseconds",
                   "timeoutMs"};
  const auto i = c.query.find("until");
  if (i == c.query.end())
    return std::nullopt;
  if (i->second != "handled")
    return failure{ec::invalid_argument, "an event can be waited for until it is: handled",
                   "until"};
  return std::chrono::steady_clock::now() + std::chrono::milliseconds{timeout.value_or(usual_ms)};
}

/// Adds a member whose value is JSON text.
expected<void> add_member(std::string& object, std::string_view name,
                          const expected<std::string>& value) {
  if (!value)
    return value.error();
  object.pop_back();
  json_appender::within(object).raw(name, *value).end_object();
  return {};
}

} // namespace

expected<answer> show_event(call& c) {
  query_reader q{c};
  auto source = q.identifier("source");
  auto company_id = q.company();
  auto until = waits_until(c, q);
  if (q.fault())
    return *q.fault();
  if (!until)
    return until.error();
  auto wanted = expands(c);
  if (!wanted)
    return wanted.error();
  auto as_cloud_event = wants_cloud_event(c.request.accept);
  if (as_cloud_event && wanted->any())
    return failure{ec::invalid_argument, "a CloudEvent can't be expanded", "expand"};
  auto found = find_event(c, c.arguments.front(), source, company_id);
  if (!found)
    return found.error();
  if (*until)
    if (auto handled = wait_until_handled(c, **found, **until); !handled)
      return handled.error();
  answer out;
  if (as_cloud_event) {
    out.media_type = cloud_event_type;
    append_cloud_event(out.body, **found);
    return out;
  }
  out.body = json_of(**found);
  expected<void> added;
  if (wanted->handlers) {
    if (auto outcomes = handler_outcomes(c, **found))
      added = add_member(out.body, "handlers", to_json(*outcomes));
    else
      added = outcomes.error();
  }
  if (added && wanted->deliveries)
    added = add_member(out.body, "deliveries", event_deliveries(c, **found));
  if (!added)
    return added.error();
  return out;
}

} // namespace carillon::admin
