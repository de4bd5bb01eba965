#include "messages/jobs/texts.hpp"

#include "base/json/appender.hpp"

#include <optional>
#include <string_view>

namespace carillon {

namespace {

std::string_view payload_of(const job& x) noexcept {
  return x.payload.empty() ? std::string_view{"{}"} : std::string_view{x.payload};
}

void put_progress(json_writer& out, const std::optional<job_progress>& x) {
  if (!x) {
    out.null("progress");
    return;
  }
  out.begin_object("progress")
    .member("note", std::string_view{x->note})
    .member("percent", x->percent ? std::optional{uint64_t{*x->percent}} : std::nullopt)
    .member("at", x->at)
    .end_object();
}

} // namespace

void put_members(json_writer& out, const job& x) {
  auto at_if
    = [&](job_state state) { return x.state == state ? std::optional{x.run_at} : std::nullopt; };
  out.member("id", x.id)
    .member("kind", std::string_view{x.kind})
    .member("queue", queue_of(x.kind))
    .member("key", std::string_view{x.key})
    .member("state", name_of(x.state))
    .member_or_null("companyId", x.company_id)
    .member("eventSeq", x.event_seq == 0 ? std::nullopt : std::optional{x.event_seq})
    .member("priority", static_cast<int64_t>(x.priority))
    .member("attempts", static_cast<uint64_t>(x.attempts))
    .member("dueAt", at_if(job_state::queued))
    .member("leasedUntil", at_if(job_state::running))
    .member_or_null("lastError", x.last_error);
  put_progress(out, x.progress);
  out.member("createdAt", x.created_at).member("updatedAt", x.updated_at);
}

std::string to_json(const job& x) {
  json_writer out;
  out.begin_object();
  put_members(out, x);
  out.raw("payload", payload_of(x))
    .raw("result", x.result.empty() ? "null" : std::string_view{x.result})
    .end_object();
  return out.take();
}

std::string handed_json(const job& x) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("id", x.id)
    .member("queue", queue_of(x.kind))
    .member("kind", std::string_view{x.kind})
    .member("key", std::string_view{x.key})
    .member_or_null("companyId", x.company_id)
    .member("priority", static_cast<int64_t>(x.priority))
    .member("createdAt", x.created_at)
    .raw("payload", payload_of(x))
    .end_object();
  return out;
}

} // namespace carillon
