#include "handlers/email/email_handler.hpp"

#include "base/json/appender.hpp"
#include "messages/codec/codec.hpp"
#include "messages/jobs/job.hpp"

#include <algorithm>
#include <array>

namespace carillon {

namespace {

/// The recipients of a mail.
enum class reader : uint8_t { user, company, everybody };

struct mail_kind {
  std::string_view type;
  std::string_view name;
  reader to = reader::user;
};

constexpr std::array<mail_kind, 9> kinds{{
  {"inventory.low_stock", "low_stock", reader::company},
  {"order.cancelled", "order_cancelled"},
  {"order.created", "order_confirmation"},
  {"order.delivered", "order_delivered"},
  {"order.shipped", "order_shipped"},
  {"payment.failed", "payment_failed"},
  {"payment.refunded", "payment_refunded"},
  {"system.maintenance", "maintenance", reader::everybody},
  // The event holds the address, for any user.
  {"user.registered", "welcome", reader::everybody},
}};

const mail_kind* find_kind(std::string_view type) noexcept {
  const auto* found
    = std::find_if(kinds.begin(), kinds.end(), [&](const auto& x) { return x.type == type; });
  return found == kinds.end() ? nullptr : found;
}

bool has_reader(const mail_kind& kind, const event& x) noexcept {
  return kind.to == reader::everybody
         || !(kind.to == reader::user ? x.user_id : x.company_id).empty();
}

/// A mail to everybody has a lower priority than mails that a user waits for.
constexpr int32_t bulk_priority = -10;

std::string payload_of(const event& x, std::string_view template_name) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("seq", x.seq)
    .member_unless_empty("template", template_name)
    .member("userId", x.user_id)
    .member("companyId", x.company_id)
    .end_object();
  return out;
}

} // namespace

std::string_view email_handler::template_of(std::string_view type) noexcept {
  const auto* kind = find_kind(type);
  return kind != nullptr ? kind->name : std::string_view{};
}

void email_handler::handle(const event& x, effects& out) {
  enqueue(x, {}, out);
}

void email_handler::replay(const event& x, uint64_t replay_id, effects& out) {
  enqueue(x, "/replay-" + std::to_string(replay_id), out);
}

void email_handler::enqueue(const event& x, const std::string& suffix, effects& out) {
  const auto* kind = find_kind(x.type);
  if (kind == nullptr)
    return;
  auto seq = std::to_string(x.seq);
  if (x.type == "order.created")
    out.add(job_draft{.kind = "document.order_sheet",
                      .key = "document/order_sheet/" + seq + suffix,
                      .payload = payload_of(x, {}),
                      .company_id = x.company_id,
                      .event_seq = x.seq,
                      .traceparent = x.traceparent});
  if (has_reader(*kind, x))
    out.add(job_draft{.kind = "email." + std::string{kind->name},
                      .key = "email/" + seq + suffix,
                      .payload = payload_of(x, kind->name),
                      .company_id = x.company_id,
                      .event_seq = x.seq,
                      .priority = x.type == "system.maintenance" ? bulk_priority : 0,
                      .traceparent = x.traceparent});
}

} // namespace carillon
