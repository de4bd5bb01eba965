#include "actors/webhooks/endpoints/webhook_message.hpp"

#include "base/json/appender.hpp"
#include "base/text/ascii.hpp"
#include "messages/webhooks/signature.hpp"

#include <algorithm>

namespace carillon {

namespace {

bool names_traceparent(const webhook_settings& x) {
  return std::any_of(x.headers.begin(), x.headers.end(), [](const auto& field) {
    return equals_ignoring_case(field.first, "traceparent");
  });
}

} // namespace

std::string webhook_body(const event& x) {
  std::string out;
  out.reserve(x.data.size() + 256);
  json_appender{out}
    .begin_object()
    .member("type", x.type)
    .member("timestamp", x.time)
    .raw("data", x.data)
    .member_unless_empty("companyId", x.company_id)
    .member_unless_empty("userId", x.user_id)
    .member("seq", x.seq)
    .member_unless_empty("id", x.id)
    .end_object();
  return out;
}

std::string message_id(const event& x) {
  return "msg_" + (x.seq != 0 ? std::to_string(x.seq) : x.id);
}

namespace {

/// What is sent: the standard message, or what the webhook's template makes.
expected<rendered_message> message_of(const webhook_settings& to, const event& x) {
  if (!to.message.is_standard())
    return to.message.render(x);
  rendered_message out;
  out.body = webhook_body(x);
  return out;
}

} // namespace

expected<http_request> webhook_request(const webhook_settings& to,
                                       std::span<const signing_secret> secrets, const event& x,
                                       uint64_t replay_id, timestamp now,
                                       const attempt_deadlines& deadlines,
                                       const std::string& traceparent) {
  http_request out;
  out.url = to.url;
  out.private_targets = to.private_targets;
  out.company = to.company_id;
  out.total_deadline = deadlines.total;
  out.connect_deadline = deadlines.connect;
  auto message = message_of(to, x);
  if (!message)
    return message.error();
  auto body = std::make_shared<std::string>(std::move(message->body));
  auto id = message_id(x);
  auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  std::vector<webhook_secret> usable;
  for (const auto& secret : secrets)
    if (!secret.expires_at || now < *secret.expires_at)
      usable.push_back(secret.secret);
  auto signature = sign_all(usable, id, seconds, *body);
  if (!signature)
    return signature.error();
  out.headers = {{"content-type", std::move(message->content_type)},
                 {"webhook-id", id},
                 {"webhook-timestamp", std::to_string(seconds)},
                 {"webhook-signature", std::move(*signature)}};
  if (replay_id != 0)
    out.headers.emplace_back("carillon-replay", std::to_string(replay_id));
  if (!traceparent.empty() && !names_traceparent(to))
    out.headers.emplace_back("traceparent", traceparent);
  out.headers.insert(out.headers.end(), to.headers.begin(), to.headers.end());
  out.body = std::move(body);
  return out;
}

} // namespace carillon
