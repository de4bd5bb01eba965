#include "messages/schedules/timed_event.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "messages/schedules/occurrences.hpp"

#include <utility>

namespace carillon {

namespace {

void put_rest(json_appender& out, const event& x) {
  out.member_unless_empty("userId", x.user_id)
    .member_unless_empty("correlationId", x.correlation_id)
    .member_unless_empty("causationId", x.causation_id)
    .member_unless_empty("traceparent", x.traceparent)
    .member("audience", name_of(x.audience))
    .raw("data", x.data)
    .raw("metadata", x.metadata)
    .end_object();
}

failure damaged_event() {
  return {ec::store_corrupt, "an event that waits for its time cannot be read", {}};
}

} // namespace

std::string json_of_draft(const event& x) {
  std::string out;
  json_appender json{out};
  json.begin_object().member("type", x.type).member("id", x.id).member("source", x.source);
  if (x.time != timestamp{})
    json.member("time", x.time);
  json.member_unless_empty("companyId", x.company_id);
  put_rest(json, x);
  return out;
}

std::string json_of_template(const event& x) {
  std::string out;
  json_appender json{out};
  json.begin_object().member("type", x.type);
  put_rest(json, x);
  return out;
}

expected<draft_ptr> draft_from_json(std::string_view json) {
  const auto parsed = parse_strict_object(json, max_json_depth + 1);
  if (!parsed)
    return damaged_event();
  auto out = std::make_shared<event>();
  const std::pair<const char*, std::string*> texts[] = {
    {"type", &out->type},
    {"id", &out->id},
    {"source", &out->source},
    {"companyId", &out->company_id},
    {"userId", &out->user_id},
    {"correlationId", &out->correlation_id},
    {"causationId", &out->causation_id},
    {"traceparent", &out->traceparent},
  };
  for (const auto& [name, to] : texts)
    *to = find_text(*parsed, name).value_or("");
  if (const auto time = find_text(*parsed, "time"))
    out->time = from_rfc3339(*time).value_or(timestamp{});
  const auto seen_by = audience_from(find_text(*parsed, "audience").value_or(""));
  out->data = member_text(json, "data");
  out->metadata = member_text(json, "metadata");
  if (!seen_by || out->type.empty() || out->data.empty() || out->metadata.empty())
    return damaged_event();
  out->audience = *seen_by;
  return out;
}

expected<delayed_event> delay_of(event& draft, timestamp at, timestamp now) {
  if (at > now + schedule_limits::longest_delay)
    return failure{ec::invalid_argument, "an event waits for at most 366 days", "publishAt"};
  if (draft.time == now)
    draft.time = {};
  delayed_event out;
  out.company_id = draft.company_id;
  out.source = draft.source;
  out.event_id = draft.id;
  out.type = draft.type;
  out.publish_at = at;
  out.event = json_of_draft(draft);
  return out;
}

expected<draft_ptr> draft_of_occurrence(const schedule_definition& x, timestamp occurrence) {
  auto out = draft_from_json(x.event);
  if (!out)
    return out.error();
  auto& draft = **out;
  draft.id = id_of_occurrence(occurrence);
  draft.source = source_of_schedule(x.name);
  draft.time = occurrence;
  draft.company_id = x.company_id;
  return out;
}

} // namespace carillon
