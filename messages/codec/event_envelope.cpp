#include "messages/codec/event_envelope.hpp"

#include "base/text/uri.hpp"
#include "base/uuid.hpp"
#include "messages/events/traceparent.hpp"

#include <array>

namespace carillon {

namespace {

struct named {
  std::string_view name;
  envelope_field which;
};

constexpr std::array plain_names{
  named{"id", envelope_field::id},
  named{"type", envelope_field::type},
  named{"data", envelope_field::data},
  named{"companyId", envelope_field::company_id},
  named{"userId", envelope_field::user_id},
  named{"source", envelope_field::source},
  named{"time", envelope_field::time},
  named{"correlationId", envelope_field::correlation_id},
  named{"causationId", envelope_field::causation_id},
  named{"traceparent", envelope_field::traceparent},
  named{"audience", envelope_field::audience},
  named{"metadata", envelope_field::metadata},
};

constexpr std::array cloud_names{
  named{"id", envelope_field::id},
  named{"type", envelope_field::type},
  named{"data", envelope_field::data},
  named{"source", envelope_field::source},
  named{"time", envelope_field::time},
  named{"specversion", envelope_field::spec_version},
  named{"datacontenttype", envelope_field::content_type},
  named{"dataschema", envelope_field::schema},
  named{"subject", envelope_field::subject},
  named{"data_base64", envelope_field::data_base64},
  named{"companyid", envelope_field::company_id},
  named{"userid", envelope_field::user_id},
  named{"correlationid", envelope_field::correlation_id},
  named{"causationid", envelope_field::causation_id},
  named{"traceparent", envelope_field::traceparent},
  named{"audience", envelope_field::audience},
};

template <size_t N>
std::optional<envelope_field> look_up(const std::array<named, N>& table, std::string_view name) {
  for (const auto& x : table)
    if (x.name == name)
      return x.which;
  return std::nullopt;
}

failure missing(std::string name) {
  return {ec::invalid_argument, name + " is missing", name};
}

failure bad_identifier(std::string name, size_t bytes) {
  auto detail = name + " must have 1-" + std::to_string(bytes) + " bytes and no control characters";
  return {ec::invalid_argument, std::move(detail), std::move(name)};
}

/// The members that a CloudEvent must have, and those that become metadata.
expected<void> check_cloud_event(event_envelope& x) {
  for (auto [which, name] :
       {std::pair{envelope_field::spec_version, "specversion"}, std::pair{envelope_field::id, "id"},
        std::pair{envelope_field::source, "source"}})
    if (!x.given.has(which))
      return missing(name);
  if (x.extensions.empty())
    return {};
  x.draft->metadata = x.extensions + "}";
  if (x.draft->metadata.size() > event_limits::metadata_bytes)
    return failure{ec::too_large, "the extension attributes exceed 16 KiB", "metadata"};
  return {};
}

expected<void> complete_id(const event_envelope& from, event& x, const parse_context& ctx) {
  x.is_id_fresh = !from.given.has(envelope_field::id);
  if (x.is_id_fresh)
    x.id = make_uuid_v7(ctx.now);
  else if (!is_identifier(x.id, event_limits::id_bytes))
    return bad_identifier("id", event_limits::id_bytes);
  return {};
}

expected<void> complete_source(const event_envelope& from, event& x, const parse_context& ctx) {
  if (!from.given.has(envelope_field::source))
    x.source = "/api";
  else if (!is_identifier(x.source, event_limits::source_bytes))
    return bad_identifier("source", event_limits::source_bytes);
  else if (from.form == event_form::cloud_event && !is_uri_reference(x.source))
    return failure{ec::invalid_argument, "source must be a URI reference (RFC 3986), like /shop",
                   "source"};
  // A publisher that used the ids of the engine's own events would keep these out of the log.
  if (!ctx.engine_types && x.source.starts_with("/carillon/"))
    return failure{ec::forbidden, "sources below /carillon/ are the engine's", "source"};
  return {};
}

expected<void> complete_time(const event_envelope& from, event& x, const parse_context& ctx) {
  x.time = ctx.now;
  if (!from.time_text)
    return {};
  auto time = from_rfc3339(*from.time_text);
  if (!time)
    return failure{ec::invalid_argument, "time is not an RFC 3339 time like 2026-01-02T03:04:05Z",
                   "time"};
  x.time = *time;
  return {};
}

expected<void> check_envelope(event_envelope& from, event& x, const parse_context& ctx) {
  if (!from.given.has(envelope_field::type))
    return missing("type");
  if (from.form == event_form::cloud_event)
    if (auto ok = check_cloud_event(from); !ok)
      return ok;
  if (!is_event_type(x.type))
    return failure{ec::invalid_argument,
                   "type must be dotted lower case, like order.created, of at most 128 bytes",
                   "type"};
  if (auto ok = complete_id(from, x, ctx); !ok)
    return ok;
  if (auto ok = complete_source(from, x, ctx); !ok)
    return ok;
  const std::array optional_ids{
    std::pair{&x.company_id, "companyId"}, std::pair{&x.user_id, "userId"},
    std::pair{&x.correlation_id, "correlationId"}, std::pair{&x.causation_id, "causationId"}};
  for (auto [value, name] : optional_ids)
    if (!value->empty() && !is_identifier(*value))
      return bad_identifier(name, event_limits::id_bytes);
  if (x.traceparent.empty() && !ctx.traceparent.empty())
    x.traceparent = understood_traceparent(ctx.traceparent);
  return complete_time(from, x, ctx);
}

/// Adopts company and user from `data`. In types of the catalogue these members mean the same as
/// those of the envelope. In other types they belong to the type: a valid id is used if the
/// envelope has none, and any other value is ignored.
expected<void> adopt_ids(event& x, const payload_view& data, bool is_described) {
  for (auto [value, name] :
       {std::pair{&x.company_id, "companyId"}, std::pair{&x.user_id, "userId"}}) {
    const auto* member = data.find(name);
    if (member == nullptr || member->kind == json_kind::null)
      continue;
    if (!is_described) {
      if (value->empty() && member->kind == json_kind::string && is_identifier(member->text))
        *value = member->text;
      continue;
    }
    auto path = std::string{"data."} + name;
    if (member->kind != json_kind::string)
      return failure{ec::schema_violation,
                     path + " must be a string, got " + std::string{describe(member->kind)}, path};
    if (member->raw == R"("")")
      continue;
    if (!is_identifier(member->text))
      return bad_identifier(path, event_limits::id_bytes);
    if (value->empty())
      *value = member->text;
    else if (*value != member->text)
      return failure{ec::schema_violation, path + " contradicts " + name + " of the event", path};
  }
  return {};
}

/// Whom the event is for: the given audience, else that of the type. It needs the ids it names.
expected<void> complete_audience(const event_envelope& from, event& x, const type_info* info,
                                 const parse_context& ctx) {
  x.audience = info != nullptr ? info->audience : audience::none;
  if (from.audience_text) {
    auto given = audience_from(*from.audience_text);
    if (!given)
      return failure{ec::invalid_argument, "audience must be none, user, company or all",
                     "audience"};
    x.audience = *given;
  }
  if (x.company_id.empty())
    x.company_id = ctx.company_id;
  return check_audience(x);
}

expected<void> check_type(const event_envelope& from, event& x, const payload_view& data,
                          const type_info* info, const parse_context& ctx) {
  if (!ctx.engine_types && is_engine_type(x.type))
    return failure{ec::forbidden, "'" + x.type + "' is published by the engine alone", "type"};
  if (info == nullptr && !ctx.accept_unknown_types)
    return failure{ec::unknown_type,
                   "the type '" + x.type + "' is not known; register it at /api/events/types",
                   "type"};
  if (auto ok = complete_audience(from, x, info, ctx); !ok)
    return ok;
  if (info != nullptr && info->check)
    return info->check(data);
  return {};
}

} // namespace

expected<void> check_audience(const event& x) {
  if (x.audience == audience::company && x.company_id.empty())
    return failure{ec::schema_violation, "companyId is needed, since a company sees this event",
                   "companyId"};
  if (x.audience == audience::user && x.user_id.empty())
    return failure{ec::schema_violation, "userId is needed, since a user sees this event",
                   "userId"};
  return {};
}

std::optional<envelope_field> find_field(event_form form, std::string_view name) noexcept {
  return form == event_form::plain ? look_up(plain_names, name) : look_up(cloud_names, name);
}

expected<draft_ptr> make_draft(event_envelope& from, const payload_view& data,
                               const parse_context& ctx) {
  auto& x = *from.draft;
  if (auto ok = check_envelope(from, x, ctx); !ok)
    return ok.error();
  if (data.json.size() > event_limits::data_bytes)
    return failure{ec::too_large, "data exceeds 256 KiB", "data"};
  if (!data.json.empty())
    x.data = data.json;
  payload_view kept{x.data, data.members, data.size};
  auto info = ctx.types->find(x.type);
  if (auto ok = adopt_ids(x, kept, info != nullptr && info->described); !ok)
    return ok.error();
  if (auto ok = check_type(from, x, kept, info.get(), ctx); !ok)
    return ok.error();
  return std::move(from.draft);
}

} // namespace carillon
