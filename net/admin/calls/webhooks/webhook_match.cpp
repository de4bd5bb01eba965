#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "base/text/number.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/webhooks/webhook_calls.hpp"
#include "net/admin/calls/webhooks/webhook_input.hpp"

#include <algorithm>
#include <vector>

namespace carillon::admin {

namespace {

/// The newest events that are looked at.
constexpr size_t tried_events = 1'000;
/// A page ends after some megabytes, or a bounded number of candidates.
constexpr size_t most_tried_pages = 16;

struct trial {
  std::vector<event_ptr> matched;
  uint64_t examined = 0;
  uint64_t of_other_types = 0;
  uint64_t excluded = 0;
  position from = 0;
  position to = 0;

  void look_at(const event_ptr& x, const event_filter& wanted) {
    ++examined;
    from = x->seq;
    to = std::max(to, x->seq);
    const auto keys = keys_of(*x);
    if (!matches_envelope(wanted, keys))
      ++of_other_types;
    else if (!matches_payload(wanted.payload, keys))
      ++excluded;
    else
      matched.push_back(x);
  }
};

/// The settings of the webhook, or those that the body gives.
expected<event_filter> wanted_by(const call& c, uint64_t id) {
  if (c.ctx.backend.state_reader.webhooks == nullptr)
    return failure{ec::store_unavailable, "webhooks do not run here", {}};
  auto found = ask<webhook_with_secrets_ptr>(c, c.ctx.backend.state_reader.webhooks,
                                             get_webhook{id, c.bound_company()});
  if (!found)
    return found.error();
  const auto& settings = (*found)->webhook.settings;
  event_filter out;
  out.types = settings.types;
  out.payload = settings.filter;
  if (!settings.company_id.empty())
    out.company_id = settings.company_id;
  if (c.request.body.empty())
    return out;
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  auto tried = read_trial(in, c.request.body);
  if (auto fault = in.finish())
    return *fault;
  if (tried.types)
    out.types = std::move(*tried.types);
  if (tried.filter)
    out.payload = std::move(*tried.filter);
  return out;
}

expected<trial> try_on_newest(const call& c, const event_filter& wanted) {
  trial out;
  query_request request;
  request.filter.company_id = wanted.company_id;
  for (size_t page = 0; page < most_tried_pages && out.examined < tried_events; ++page) {
    request.limit = tried_events - out.examined;
    auto found = ask<query_page_ptr>(c, c.ctx.reader(), request);
    if (!found)
      return found.error();
    for (const auto& x : (*found)->events)
      out.look_at(x, wanted);
    if (!(*found)->next)
      break;
    request.beyond = (*found)->next;
  }
  return out;
}

} // namespace

expected<answer> match_events(call& c) {
  const auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return failure{ec::not_found, "there is no such webhook", "id"};
  auto wanted = wanted_by(c, *id);
  if (!wanted)
    return wanted.error();
  auto tried = try_on_newest(c, *wanted);
  if (!tried)
    return tried.error();
  json_writer out;
  out.begin_object()
    .member("examined", tried->examined)
    .member("matched", static_cast<uint64_t>(tried->matched.size()))
    .member("ofOtherTypes", tried->of_other_types)
    .member("excluded", tried->excluded)
    .member("from", tried->examined == 0 ? std::nullopt : std::optional{tried->from})
    .member("to", tried->examined == 0 ? std::nullopt : std::optional{tried->to})
    .begin_array("events");
  for (const auto& x : tried->matched) {
    json_writer one;
    one.begin_object()
      .member("seq", x->seq)
      .member("id", std::string_view{x->id})
      .member("type", std::string_view{x->type})
      .member("time", x->time)
      .member_or_null("companyId", x->company_id)
      .end_object();
    out.raw(one.take());
  }
  out.end_array().end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
