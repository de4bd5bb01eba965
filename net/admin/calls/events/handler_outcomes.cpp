#include "net/admin/calls/events/handler_outcomes.hpp"

#include "base/json/appender.hpp"
#include "net/admin/ask.hpp"

#include <algorithm>
#include <thread>

namespace carillon::admin {

namespace {

/// Time between two checks whether handlers are done.
constexpr std::chrono::milliseconds poll_interval{10};

std::string_view state_of(const consumer_status& x, position seq,
                          const consumer_failures& failures) {
  auto failed = std::find_if(failures.begin(), failures.end(),
                             [&](const auto& y) { return y.consumer == x.name; });
  if (failed != failures.end())
    return failed->dead ? "dead" : "retrying";
  return seq > x.cursor ? "pending" : "done";
}

} // namespace

expected<std::vector<handler_outcome>> handler_outcomes(const call& c, const event& x) {
  // Cursors first: failures of events behind a cursor are in the store then.
  auto consumers = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
  if (!consumers)
    return consumers.error();
  auto failures
    = ask<consumer_failures>(c, c.ctx.backend.state_reader.consumers, find_failures{.seq = x.seq});
  if (!failures)
    return failures.error();
  std::vector<handler_outcome> out;
  // A consumer of another company never gets the event, and its name is not told.
  for (const auto& status : *consumers)
    if (!status.company_id || *status.company_id == x.company_id)
      out.push_back({status.name, state_of(status, x.seq, *failures)});
  return out;
}

std::string to_json(const std::vector<handler_outcome>& xs) {
  std::string out;
  json_appender json{out};
  json.begin_array();
  for (const auto& x : xs)
    json.begin_object().member("name", x.name).member("state", x.state).end_object();
  json.end_array();
  return out;
}

expected<void> wait_until_handled(const call& c, const event& x,
                                  std::chrono::steady_clock::time_point end) {
  for (;;) {
    auto outcomes = handler_outcomes(c, x);
    if (!outcomes)
      return outcomes.error();
    const auto open = std::find_if(outcomes->begin(), outcomes->end(), [](const auto& y) {
      return y.state == "pending" || y.state == "retrying";
    });
    if (open == outcomes->end())
      return {};
    if (std::chrono::steady_clock::now() + poll_interval > end)
      return failure{ec::timeout,
                     "handler '" + open->name + "' is not done with the event: it is "
                       + std::string{open->state},
                     "until"};
    std::this_thread::sleep_for(poll_interval);
  }
}

} // namespace carillon::admin
