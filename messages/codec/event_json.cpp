#include "messages/codec/event_json.hpp"

#include "base/json/appender.hpp"

namespace carillon {

void append_event_json(std::string& out, const event& x, bool with_metadata) {
  out.reserve(out.size() + x.data.size() + x.metadata.size() + 360);
  json_appender json{out};
  json.begin_object()
    .member("seq", x.seq)
    .member_unless_empty("id", x.id)
    .member_unless_empty("type", x.type)
    .member_unless_empty("source", x.source)
    .member("time", x.time)
    .member("recordedAt", x.recorded_at)
    .member_unless_empty("companyId", x.company_id)
    .member_unless_empty("userId", x.user_id)
    .member_unless_empty("correlationId", x.correlation_id)
    .member_unless_empty("causationId", x.causation_id)
    .member_unless_empty("traceparent", x.traceparent)
    .member_unless_empty("audience", name_of(x.audience));
  if (x.hops > 0)
    json.member("hops", uint64_t{x.hops});
  json.raw("data", x.data);
  if (with_metadata)
    json.raw("metadata", x.metadata);
  json.end_object();
}

} // namespace carillon
