#include "base/text/media_type.hpp"
#include "base/text/uri.hpp"
#include "base/uuid.hpp"
#include "messages/codec/event_parser.hpp"
#include "messages/events/traceparent.hpp"

#include <algorithm>
#include <array>

// The second half of the parser: makes a draft that may be stored from the parts of an envelope.

namespace carillon {

namespace {

using field = event_parser::field;

constexpr uint32_t bit(field x) {
  return uint32_t{1} << static_cast<unsigned>(x);
}

failure missing(std::string name) {
  return {ec::invalid_argument, name + " is missing", name};
}

failure bad_identifier(std::string name, size_t bytes) {
  auto detail = name + " must have 1-" + std::to_string(bytes) + " bytes and no control characters";
  return {ec::invalid_argument, std::move(detail), std::move(name)};
}

} // namespace

void event_parser::take_text(field which, json_kind kind, std::string_view text) {
  if (kind == json_kind::null) {
    // The same as if it were absent (for CloudEvents by the JSON event format, section 2.3).
    given_ &= ~bit(which);
    return;
  }
  // An unknown CloudEvents attribute is kept as metadata.
  if (which == field::extension
      || (which == field::audience && form_ == event_form::cloud_event
          && (kind != json_kind::string || !audience_from(text))))
    return keep_attribute(kind, text);
  bool wants_object = which == field::data || which == field::metadata;
  if (kind != json_kind::string || wants_object) {
    wrong_kind(name_, wants_object ? json_kind::object : json_kind::string, kind);
    return;
  }
  switch (which) {
  case field::id:
    draft_->id = text;
    break;
  case field::type:
    draft_->type = text;
    break;
  case field::source:
    draft_->source = text;
    break;
  case field::company_id:
    draft_->company_id = text;
    break;
  case field::user_id:
    draft_->user_id = text;
    break;
  case field::correlation_id:
    draft_->correlation_id = text;
    break;
  case field::causation_id:
    draft_->causation_id = text;
    break;
  case field::traceparent:
    draft_->traceparent = understood_traceparent(text);
    break;
  case field::time:
    time_text_ = text;
    break;
  case field::audience:
    audience_text_ = text;
    break;
  case field::spec_version:
    if (text != "1.0")
      refuse(ec::invalid_argument, "specversion must be 1.0", "specversion");
    break;
  case field::content_type:
    if (!is_json_media_type(text))
      refuse(ec::unsupported_media_type, "datacontenttype must be JSON", "datacontenttype");
    else if (text != "application/json")
      keep_attribute(kind, text);
    break;
  case field::schema:
    if (!is_uri(text))
      refuse(ec::invalid_argument, "dataschema must be a URI (RFC 3986)", "dataschema");
    else
      keep_attribute(kind, text);
    break;
  case field::data_base64:
    refuse(ec::unsupported_media_type, "data must be JSON, not base64", "data_base64");
    break;
  default:
    keep_attribute(kind, text);
  }
}

void event_parser::keep_attribute(json_kind kind, std::string_view text) {
  extensions_ += extensions_.empty() ? "{" : ",";
  append_json_string(extensions_, name_);
  extensions_ += ':';
  if (kind == json_kind::string)
    append_json_string(extensions_, text);
  else
    extensions_ += text;
}

expected<draft_ptr> event_parser::make_draft() {
  auto& x = *draft_;
  if (auto ok = check_envelope(x); !ok)
    return ok.error();
  if (data_text_.size() > event_limits::data_bytes)
    return failure{ec::too_large, "data exceeds 256 KiB", "data"};
  if (!data_text_.empty())
    x.data = data_text_;
  payload_view data{x.data, &members_, member_count_};
  auto info = ctx_->types->find(x.type);
  if (auto ok = adopt_ids(x, data, info != nullptr && info->described); !ok)
    return ok.error();
  if (auto ok = check_type(x, data, info.get()); !ok)
    return ok.error();
  return std::move(draft_);
}

expected<void> event_parser::check_envelope(event& x) {
  if ((given_ & bit(field::type)) == 0)
    return missing("type");
  if (form_ == event_form::cloud_event) {
    for (auto [which, name] : {std::pair{field::spec_version, "specversion"},
                               std::pair{field::id, "id"}, std::pair{field::source, "source"}})
      if ((given_ & bit(which)) == 0)
        return missing(name);
    if (!extensions_.empty()) {
      x.metadata = extensions_ + "}";
      if (x.metadata.size() > event_limits::metadata_bytes)
        return failure{ec::too_large, "the extension attributes exceed 16 KiB", "metadata"};
    }
  }
  if (!is_event_type(x.type))
    return failure{ec::invalid_argument,
                   "type must be dotted lower case, like order.created, of at most 128 bytes",
                   "type"};
  if ((given_ & bit(field::id)) == 0)
    x.id = make_uuid_v7(ctx_->now);
  else if (!is_identifier(x.id, event_limits::id_bytes))
    return bad_identifier("id", event_limits::id_bytes);
  if ((given_ & bit(field::source)) == 0)
    x.source = "/api";
  else if (!is_identifier(x.source, event_limits::source_bytes))
    return bad_identifier("source", event_limits::source_bytes);
  else if (form_ == event_form::cloud_event && !is_uri_reference(x.source))
    return failure{ec::invalid_argument, "source must be a URI reference (RFC 3986), like /shop",
                   "source"};
  // A publisher that used the ids of the engine's own events would keep these out of the log.
  if (!ctx_->engine_types && x.source.starts_with("/carillon/"))
    return failure{ec::forbidden, "sources below /carillon/ are the engine's", "source"};
  const std::array optional_ids{
    std::pair{&x.company_id, "companyId"}, std::pair{&x.user_id, "userId"},
    std::pair{&x.correlation_id, "correlationId"}, std::pair{&x.causation_id, "causationId"}};
  for (auto [value, name] : optional_ids)
    if (!value->empty() && !is_identifier(*value))
      return bad_identifier(name, event_limits::id_bytes);
  x.time = ctx_->now;
  if (time_text_) {
    auto time = from_rfc3339(*time_text_);
    if (!time)
      return failure{ec::invalid_argument, "time is not an RFC 3339 time like 2026-01-02T03:04:05Z",
                     "time"};
    x.time = *time;
  }
  return {};
}

/// Adopts company and user from `data`. In types of the catalogue these members mean the same as
/// those of the envelope. In other types they belong to the type: a valid id is used if the
/// envelope has none, and any other value is ignored.
expected<void> event_parser::adopt_ids(event& x, const payload_view& data,
                                       bool is_described) const {
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

expected<void> event_parser::check_type(event& x, const payload_view& data, const type_info* info) {
  if (!ctx_->engine_types && is_engine_type(x.type))
    return failure{ec::forbidden, "'" + x.type + "' is published by the engine alone", "type"};
  if (info == nullptr && !ctx_->accept_unknown_types)
    return failure{ec::unknown_type,
                   "the type '" + x.type + "' is not known; register it at /api/events/types",
                   "type"};
  x.audience = info != nullptr ? info->audience : audience::none;
  if (audience_text_) {
    auto given = audience_from(*audience_text_);
    if (!given)
      return failure{ec::invalid_argument, "audience must be none, user, company or all",
                     "audience"};
    x.audience = *given;
  }
  if (x.company_id.empty())
    x.company_id = ctx_->company_id;
  if (x.audience == audience::company && x.company_id.empty())
    return failure{ec::schema_violation, "companyId is needed, since a company sees this event",
                   "companyId"};
  if (x.audience == audience::user && x.user_id.empty())
    return failure{ec::schema_violation, "userId is needed, since a user sees this event",
                   "userId"};
  if (info != nullptr && info->check)
    return info->check(data);
  return {};
}

} // namespace carillon
