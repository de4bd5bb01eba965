#include "base/json/object_reader.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/webhooks/webhook_calls.hpp"
#include "net/admin/calls/webhooks/webhook_input.hpp"
#include "net/admin/calls/webhooks/webhook_patch.hpp"
#include "net/admin/calls/webhooks/webhook_text.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"
#include "net/admin/type_hints.hpp"

namespace carillon::admin {

namespace {

failure no_webhook() {
  return {ec::not_found, "there is no such webhook", "id"};
}

expected<uint64_t> id_of(const call& c) {
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return no_webhook();
  return *id;
}

template <class R, class Request>
expected<R> ask_hub(const call& c, Request request) {
  if (c.ctx.backend.webhooks == nullptr)
    return failure{ec::store_unavailable, "webhooks do not run here", {}};
  return ask<R>(c, c.ctx.backend.webhooks, std::move(request));
}

template <class R, class Request>
expected<R> ask_state(const call& c, Request request) {
  if (c.ctx.backend.state_reader.webhooks == nullptr)
    return failure{ec::store_unavailable, "webhooks do not run here", {}};
  return ask<R>(c, c.ctx.backend.state_reader.webhooks, std::move(request));
}

/// Warnings about accepted settings that may be mistakes.
void put_warnings(json_writer& out, const call& c, const webhook_settings& x) {
  out.begin_array("warnings");
  for (const auto& text : type_warnings(x.types, *c.ctx.backend.types))
    out.item(text);
  out.end_array();
}

answer answer_of(const webhook& x) {
  json_writer out;
  out.begin_object();
  put_webhook_members(out, x);
  out.end_object();
  return answer{.body = out.take()};
}

/// `secret`, and its public part.
void put_secret(json_writer& out, const std::string& secret) {
  out.member("secret", std::string_view{secret});
  if (auto parsed = parse_webhook_secret(secret); parsed)
    if (auto key = public_text(*parsed); key && !key->empty())
      out.member("publicKey", std::string_view{*key});
}

/// The body of a PATCH as the settings that it sets.
expected<std::string> patch_of(const call& c, uint64_t id) {
  // Only the merge patch type has a plus.
  auto merges = c.request.content_type.find('+') != std::string::npos;
  if (!merges && !has_read_only(c.request.body))
    return c.request.body;
  auto found = ask_state<webhook_with_secrets_ptr>(c, get_webhook{id, c.bound_company()});
  if (!found)
    return found.error();
  auto out = without_read_only(c.request.body, **found);
  return out && merges ? as_plain_patch(*out, **found) : out;
}

expected<answer> set_enabled(call& c, bool enabled) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  enable_webhook request{*id, c.bound_company(), enabled, {}, c.stamp()};
  auto now = ask_hub<webhook>(c, std::move(request));
  if (!now)
    return now.error();
  return answer_of(*now);
}

/// Tokens of the portal register up to a number of webhooks, counting those of operators. The lock
/// is held until the webhook is there.
expected<std::unique_lock<std::timed_mutex>> place_for_webhook(const call& c) {
  std::unique_lock<std::timed_mutex> out;
  if (!c.request.pass)
    return {std::move(out)};
  out = std::unique_lock{c.ctx.registering, c.deadline};
  if (!out)
    return failure{ec::timeout, "another registration takes too long", {}};
  const auto most = c.ctx.options.portal.endpoints;
  list_webhooks request;
  request.page.company_id = c.bound_company();
  request.page.limit = most;
  auto page = ask_state<webhook_page>(c, std::move(request));
  if (!page)
    return page.error();
  if (page->items.size() >= most)
    return failure{ec::quota_exceeded,
                   "there are " + std::to_string(most) + " endpoints already, delete some",
                   {}};
  return {std::move(out)};
}

/// A time, in the format of query parameters.
std::optional<timestamp> read_time(object_reader& in, const char* name) {
  auto text = in.text(name);
  if (!text)
    return std::nullopt;
  auto out = from_rfc3339(*text);
  if (!out)
    in.fail(name, "the value is not a time of RFC 3339");
  return out;
}

} // namespace

// -- registration -----------------------------------------------------------------

expected<answer> show_webhooks(call& c) {
  query_reader q{c};
  list_webhooks request;
  request.page.company_id = q.company();
  request.page.ascending = q.order() == sort_order::ascending;
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  auto page = ask_state<webhook_page>(c, std::move(request));
  if (!page)
    return page.error();
  return answer_page("webhooks", *page, q, as_object(put_webhook_members));
}

expected<answer> register_webhook(call& c) {
  auto request = parse_create_webhook(c);
  if (!request)
    return request.error();
  auto place = place_for_webhook(c);
  if (!place)
    return place.error();
  auto made = ask_hub<webhook_answer>(c, std::move(*request));
  if (!made)
    return made.error();
  json_writer out;
  out.begin_object();
  put_webhook_members(out, made->webhook);
  put_secret(out, made->secret);
  put_warnings(out, c, made->webhook.settings);
  out.end_object();
  return answer{.status = 201,
                .body = out.take(),
                .fields
                = {{"Location", "/api/events/webhooks/" + std::to_string(made->webhook.id)}}};
}

expected<answer> show_webhook(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto found = ask_state<webhook_with_secrets_ptr>(c, get_webhook{*id, c.bound_company()});
  if (!found)
    return found.error();
  auto status = ask_hub<webhook_status>(c, get_webhook_status{*id});
  if (!status)
    return status.error();
  json_writer out;
  out.begin_object();
  put_webhook_members(out, (*found)->webhook);
  put_secret_times(out, **found);
  put_webhook_status(out, status->consumer, status->running);
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> change_webhook(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto body = patch_of(c, *id);
  if (!body)
    return body.error();
  auto request = parse_update_webhook(c, *body, *id);
  if (!request)
    return request.error();
  const bool new_types = request->change.types.has_value();
  auto now = ask_hub<webhook_answer>(c, std::move(*request));
  if (!now)
    return now.error();
  json_writer out;
  out.begin_object();
  put_webhook_members(out, now->webhook);
  if (!now->secret.empty())
    put_secret(out, now->secret);
  if (new_types)
    put_warnings(out, c, now->webhook.settings);
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> unregister_webhook(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto done = ask_hub<atom::done>(c, delete_webhook{*id, c.bound_company(), c.stamp()});
  if (!done)
    return done.error();
  return answer{.status = 204};
}

// -- actions ----------------------------------------------------------------------

expected<answer> enable_delivery(call& c) {
  return set_enabled(c, true);
}

expected<answer> disable_delivery(call& c) {
  return set_enabled(c, false);
}

expected<answer> rotate_secret(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  rotate_webhook_secret request;
  request.id = *id;
  request.company_id = c.bound_company();
  request.by = c.stamp();
  if (!c.request.body.empty()) {
    auto body = parse_object(c.request.body);
    if (!body)
      return body.error();
    object_reader in{*body};
    request.secret = read_secret(in);
    constexpr uint32_t day = 86'400;
    constexpr auto most = static_cast<uint32_t>(webhook_limits::secret_grace.count());
    request.grace = std::chrono::seconds{in.number("graceSeconds", day, most)};
    if (auto fault = in.finish())
      return *fault;
  }
  auto rotated = ask_hub<rotated_secret>(c, std::move(request));
  if (!rotated)
    return rotated.error();
  json_writer out;
  out.begin_object();
  put_secret(out, rotated->secret);
  out.member("oldExpiresAt", rotated->old_expires_at).end_object();
  return answer{.body = out.take()};
}

expected<answer> send_test(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto attempt = ask_hub<webhook_attempt>(c, test_webhook{*id, c.bound_company(), c.stamp()});
  if (!attempt)
    return attempt.error();
  json_writer out;
  put_attempt(out, *attempt, looker_of(c));
  return answer{.body = out.take()};
}

expected<answer> recover_deliveries(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  auto since = read_time(in, "since");
  auto until = read_time(in, "until");
  if (in.find("since") == nullptr)
    in.fail("since", "the member is missing");
  if (since && until && *until <= *since)
    in.fail("until", "the end is not after the begin");
  if (auto fault = in.finish())
    return *fault;
  recover_webhook request;
  request.id = *id;
  request.company_id = c.bound_company();
  request.since = *since;
  request.until = until;
  request.by = c.stamp();
  auto found = ask_hub<recovered_rows>(c, std::move(request));
  if (!found)
    return found.error();
  json_writer out;
  out.begin_object()
    .member("resent", static_cast<uint64_t>(found->rows.size()))
    .member("more", found->more)
    .end_object();
  return answer{.status = 202, .body = out.take()};
}

} // namespace carillon::admin
