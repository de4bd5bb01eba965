#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/consumers/consumer_calls.hpp"
#include "net/admin/calls/consumers/consumer_text.hpp"
#include "net/admin/listing.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

void put_consumer(json_writer& out, const consumer_status& x) {
  out.begin_object().member("name", std::string_view{x.name});
  put_progress(out, x);
  out.member("paused", x.paused)
    .member("remote", x.remote)
    .member("catchingUp", x.catching_up)
    .member("oldestFailure", x.oldest_failure)
    .end_object();
}

answer describe(const consumer_status& x) {
  json_writer out;
  put_consumer(out, x);
  return {.body = out.take()};
}

expected<answer> set_paused(call& c, bool paused) {
  const auto& name = c.arguments.front();
  if (!is_consumer_name(name))
    return failure{ec::not_found, "there is no such consumer", "name"};
  pause_consumer request{.name = name, .paused = paused, .by = c.stamp()};
  auto status = ask<consumer_status>(c, c.ctx.backend.supervisor, request);
  if (!status)
    return status.error();
  return describe(*status);
}

} // namespace

expected<answer> show_consumers(call& c) {
  auto all = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
  if (!all)
    return all.error();
  return answer_whole_list("consumers", *all, put_consumer);
}

expected<answer> show_consumer(call& c) {
  auto all = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
  if (!all)
    return all.error();
  auto found = std::find_if(all->begin(), all->end(),
                            [&](const auto& x) { return x.name == c.arguments.front(); });
  if (found == all->end())
    return failure{ec::not_found, "there is no such consumer", "name"};
  return describe(*found);
}

expected<answer> pause_delivery(call& c) {
  return set_paused(c, true);
}

expected<answer> resume_delivery(call& c) {
  return set_paused(c, false);
}

} // namespace carillon::admin
