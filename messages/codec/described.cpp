#include "messages/codec/described.hpp"

#include "base/text/utf8.hpp"
#include "base/uuid.hpp"
#include "messages/codec/event_envelope.hpp"
#include "messages/codec/event_parser.hpp"
#include "messages/events/traceparent.hpp"

#include <array>

namespace carillon {

namespace {

failure wrong(std::string name, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::move(name)};
}

expected<void> check(const event& x) {
  const std::array ids{
    std::pair{&x.id, "id"}, std::pair{&x.company_id, "companyId"}, std::pair{&x.user_id, "userId"},
    std::pair{&x.correlation_id, "correlationId"}, std::pair{&x.causation_id, "causationId"}};
  for (auto [value, name] : ids)
    if (!value->empty() && !is_identifier(*value))
      return wrong(name, std::string{name} + " is too long or has control characters");
    else if (!is_utf8(*value))
      return wrong(name, std::string{name} + " is not UTF-8");
  if (!is_identifier(x.source, event_limits::source_bytes) || !is_utf8(x.source))
    return wrong("source", "source must have 1-512 bytes of UTF-8 and no control characters");
  if (from_rfc3339(to_rfc3339(x.time)) != x.time)
    return wrong("time", "time is not within the years 0000-9999");
  if (auto done = check_audience(x); !done)
    return done.error();
  if (x.data.size() > event_limits::data_bytes)
    return failure{ec::too_large, "data exceeds 256 KiB", "data"};
  if (x.metadata.size() > event_limits::metadata_bytes)
    return failure{ec::too_large, "metadata exceeds 16 KiB", "metadata"};
  payload_view ignored;
  // Strings of the application may hold any bytes; this finds those that are not UTF-8.
  for (auto [text, name] : {std::pair{&x.data, "data"}, std::pair{&x.metadata, "metadata"}})
    if (auto parsed = this_threads_parser().parse_payload(*text, ignored); !parsed)
      return failure{ec::schema_violation, std::string{name} + ": " + parsed.error().detail, name};
  return {};
}

} // namespace

expected<draft_ptr> make_draft(draft_parts parts, expected<std::string> data,
                               const publish_options& options) {
  if (!data)
    return data.error();
  auto out = std::make_shared<event>();
  auto now = wall_clock_now();
  out->is_id_fresh = options.id.empty();
  out->id = out->is_id_fresh ? make_uuid_v7(now) : options.id;
  out->type = parts.type;
  out->source = options.source;
  out->time = options.time.value_or(now);
  out->company_id = std::move(parts.company_id);
  out->user_id = std::move(parts.user_id);
  out->correlation_id = options.correlation_id;
  out->causation_id = options.causation_id;
  out->hops = options.hops;
  out->traceparent = understood_traceparent(options.traceparent);
  out->audience = options.audience.value_or(parts.audience);
  out->data = std::move(*data);
  out->metadata = options.metadata;
  if (auto ok = check(*out); !ok)
    return ok.error();
  return out;
}

} // namespace carillon
