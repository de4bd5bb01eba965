#include "net/data/workers/job_body.hpp"

#include "base/json/appender.hpp"
#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "base/uuid.hpp"
#include "messages/events/traceparent.hpp"
#include "messages/workers/remote_queue.hpp"

#include <chrono>

namespace carillon::data {

namespace {

/// A job runs at most so long from now.
constexpr std::chrono::hours horizon{24 * 366};

void read_kind(object_reader& in, job_draft& out) {
  auto queue = in.required_text("queue");
  auto kind = in.text("kind");
  if (!is_queue_name(queue))
    return in.fail("queue",
                   "the name of a queue is 1 to 64 of [a-z0-9_-] and begins with a letter");
  out.kind = kind ? *kind : queue;
  if (queue_of(out.kind) != queue)
    in.fail("kind", "the kind of a job begins with its queue, and a dot behind it");
}

void read_payload(object_reader& in, std::string_view body, job_draft& out) {
  const auto* payload = in.find("payload");
  out.payload = "{}";
  if (payload == nullptr)
    return;
  if (!payload->IsObject())
    return in.fail("payload", "the payload is an object");
  // As it was sent: another parser may know more digits.
  out.payload = member_text(body, "payload");
  if (out.payload.empty())
    out.payload = json_text_of(*payload);
}

void read_time(object_reader& in, timestamp now, job_draft& out) {
  auto text = in.text("runAt");
  if (!text)
    return;
  auto at = from_rfc3339(*text);
  if (!at)
    return in.fail("runAt", "the time is of RFC 3339, such as 2026-12-01T08:00:00Z");
  if (*at > now + horizon)
    return in.fail("runAt", "a job runs within 366 days");
  // The epoch stands for no time.
  out.run_at = std::max(*at, timestamp{} + std::chrono::microseconds{1});
}

void read_company(object_reader& in, job_draft& out) {
  out.company_id = in.text("companyId").value_or(std::string{});
  if (out.company_id.empty())
    in.fail("companyId", "a company has 1 to 128 bytes; null stands for none");
}

void read_priority(object_reader& in, job_draft& out) {
  const auto* x = in.find("priority");
  if (x == nullptr)
    return;
  if (!x->IsInt() || x->GetInt() < -job_limits::priority || x->GetInt() > job_limits::priority)
    return in.fail("priority", "a priority is a whole number from -100 to 100");
  out.priority = x->GetInt();
}

} // namespace

expected<job_draft> job_draft_from(std::string_view body, timestamp now) {
  auto parsed = parse_object(body);
  if (!parsed)
    return parsed.error();
  object_reader in{*parsed};
  job_draft out;
  read_kind(in, out);
  read_payload(in, body, out);
  read_time(in, now, out);
  read_priority(in, out);
  out.key = in.text("key").value_or(std::string{});
  if (in.find("key") == nullptr)
    out.key = make_uuid_v7(now);
  if (const auto* company = in.find("companyId"); company != nullptr && !company->IsNull())
    read_company(in, out);
  // As of an event: an invalid one is left out.
  out.traceparent = understood_traceparent(in.text("traceparent").value_or(std::string{}));
  if (auto fault = in.finish())
    return std::move(*fault);
  if (auto sound = check(out); !sound)
    return sound.error();
  return out;
}

std::string enqueued_json(const enqueued_job& x, std::string_view kind, std::string_view key) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("id", x.id)
    .member("queue", queue_of(kind))
    .member("kind", kind)
    .member("key", key)
    .member("duplicate", x.duplicate)
    .end_object();
  return out;
}

} // namespace carillon::data
