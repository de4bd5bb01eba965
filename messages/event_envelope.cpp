#include "messages/event_parser.hpp"
#include "messages/uuid.hpp"

#include <algorithm>
#include <array>

// The second half of the parser: from the parts of an envelope to a draft that may be stored.

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

/// True for `application/json` and `…+json`, with or without parameters (RFC 9110 section 8.3.1).
bool is_json_media_type(std::string_view x) {
  std::string name{x.substr(0, x.find(';'))};
  name.erase(name.find_last_not_of(" \t") + 1);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name == "application/json" || name.ends_with("+json");
}

} // namespace

bool is_traceparent(std::string_view x) noexcept {
  constexpr std::string_view shape = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  if (x.size() != shape.size())
    return false;
  for (size_t i = 0; i < x.size(); ++i) {
    bool hex = (x[i] >= '0' && x[i] <= '9') || (x[i] >= 'a' && x[i] <= 'f');
    if (shape[i] == 'h' ? !hex : x[i] != shape[i])
      return false;
  }
  return true;
}

void event_parser::take_text(field which, json_kind kind, std::string_view text) {
  if (kind == json_kind::null && form_ == event_form::cloud_event) {
    // The same as if it were absent (JSON event format, section 2.3).
    given_ &= ~bit(which);
    return;
  }
  if (which == field::extension) {
    // An attribute of CloudEvents that we don't know: kept, as metadata.
    extensions_ += extensions_.empty() ? "{" : ",";
    append_json_string(extensions_, name_);
    extensions_ += ':';
    if (kind == json_kind::string)
      append_json_string(extensions_, text);
    else
      extensions_ += text;
    return;
  }
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
    draft_->traceparent = text;
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
    break;
  case field::data_base64:
    refuse(ec::unsupported_media_type, "data must be JSON, not base64", "data_base64");
    break;
  default:
    // subject, dataschema: kept with the metadata.
    extensions_ += extensions_.empty() ? "{" : ",";
    append_json_string(extensions_, name_);
    extensions_ += ':';
    append_json_string(extensions_, text);
  }
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
  if (auto ok = adopt_ids(x, data); !ok)
    return ok.error();
  if (auto ok = check_type(x, data); !ok)
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
  // Whoever took the ids of the engine's own events would keep these out of the log.
  if (!ctx_->engine_types && x.source.starts_with("/carillon/"))
    return failure{ec::forbidden, "sources below /carillon/ are the engine's", "source"};
  const std::array optional_ids{
    std::pair{&x.company_id, "companyId"}, std::pair{&x.user_id, "userId"},
    std::pair{&x.correlation_id, "correlationId"}, std::pair{&x.causation_id, "causationId"}};
  for (auto [value, name] : optional_ids)
    if (!value->empty() && !is_identifier(*value))
      return bad_identifier(name, event_limits::id_bytes);
  if (!x.traceparent.empty() && !is_traceparent(x.traceparent))
    return failure{ec::invalid_argument, "traceparent is not one of W3C Trace Context",
                   "traceparent"};
  x.time = ctx_->now;
  if (time_text_) {
    auto time = from_rfc3339(*time_text_);
    if (!time)
      return failure{ec::invalid_argument, "time is not an RFC 3339 time", "time"};
    x.time = *time;
  }
  return {};
}

expected<void> event_parser::adopt_ids(event& x, const payload_view& data) const {
  for (auto [value, name] :
       {std::pair{&x.company_id, "companyId"}, std::pair{&x.user_id, "userId"}}) {
    const auto* member = data.find(name);
    if (member == nullptr)
      continue;
    auto path = std::string{"data."} + name;
    if (member->kind != json_kind::string)
      return failure{ec::schema_violation,
                     path + " must be a string, got " + std::string{describe(member->kind)}, path};
    if (member->text.empty())
      continue;
    if (value->empty()) {
      if (!is_identifier(member->text))
        return bad_identifier(path, event_limits::id_bytes);
      *value = member->text;
    } else if (*value != member->text) {
      return failure{ec::schema_violation, path + " contradicts " + name + " of the event", path};
    }
  }
  return {};
}

expected<void> event_parser::check_type(event& x, const payload_view& data) {
  if (!ctx_->engine_types && is_engine_type(x.type))
    return failure{ec::forbidden, "'" + x.type + "' is published by the engine alone", "type"};
  auto info = ctx_->types->find(x.type);
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
