#include "messages/codec/envelope_reader.hpp"

#include "base/text/media_type.hpp"
#include "base/text/uri.hpp"
#include "base/text/utf8.hpp"
#include "messages/events/traceparent.hpp"

namespace carillon {

namespace {

/// Where the text of a field goes unchanged; null for fields that need more.
std::string* place_of(envelope_field which, event& x) noexcept {
  switch (which) {
  case envelope_field::id:
    return &x.id;
  case envelope_field::type:
    return &x.type;
  case envelope_field::source:
    return &x.source;
  case envelope_field::company_id:
    return &x.company_id;
  case envelope_field::user_id:
    return &x.user_id;
  case envelope_field::correlation_id:
    return &x.correlation_id;
  case envelope_field::causation_id:
    return &x.causation_id;
  default:
    return nullptr;
  }
}

} // namespace

void envelope_reader::begin(event_form form) {
  envelope_.form = form;
  envelope_.draft = std::make_shared<event>();
  envelope_.given = {};
  envelope_.extensions.clear();
  envelope_.time_text.reset();
  envelope_.audience_text.reset();
}

expected<void> envelope_reader::name(std::string_view x) {
  name_ = x;
  auto found = find_field(envelope_.form, x);
  field_ = found.value_or(envelope_field::extension);
  envelope_.given.insert(field_);
  if (!found && envelope_.form == event_form::plain)
    return failure{ec::invalid_argument, "'" + excerpt(x) + "' is no field of an event",
                   excerpt(x)};
  return {};
}

failure envelope_reader::wrong_kind(json_kind wanted, json_kind got) const {
  return {ec::invalid_argument,
          name_ + " must be " + std::string{describe(wanted)} + ", got "
            + std::string{describe(got)},
          name_};
}

expected<void> envelope_reader::value(json_kind kind, std::string_view text) {
  if (kind == json_kind::null) {
    envelope_.given.erase(field_);
    return {};
  }
  // An unknown CloudEvents attribute is kept as metadata.
  if (field_ == envelope_field::extension
      || (field_ == envelope_field::audience && envelope_.form == event_form::cloud_event
          && (kind != json_kind::string || !audience_from(text)))) {
    keep_attribute(kind, text);
    return {};
  }
  bool wants_object = field_ == envelope_field::data || field_ == envelope_field::metadata;
  if (kind != json_kind::string || wants_object)
    return wrong_kind(wants_object ? json_kind::object : json_kind::string, kind);
  return text_value(text);
}

expected<void> envelope_reader::container(json_kind kind) const {
  if (field_ != envelope_field::data && field_ != envelope_field::metadata)
    return wrong_kind(json_kind::string, kind);
  if (kind != json_kind::object)
    return wrong_kind(json_kind::object, kind);
  return {};
}

expected<void> envelope_reader::metadata(std::string_view json) {
  if (json.size() > event_limits::metadata_bytes)
    return failure{ec::too_large, "metadata exceeds 16 KiB", "metadata"};
  envelope_.draft->metadata = json;
  return {};
}

expected<void> envelope_reader::text_value(std::string_view text) {
  if (auto* place = place_of(field_, *envelope_.draft)) {
    *place = text;
    return {};
  }
  switch (field_) {
  case envelope_field::traceparent:
    envelope_.draft->traceparent = understood_traceparent(text);
    break;
  case envelope_field::time:
    envelope_.time_text = text;
    break;
  case envelope_field::audience:
    envelope_.audience_text = text;
    break;
  case envelope_field::spec_version:
    if (text != "1.0")
      return failure{ec::invalid_argument, "specversion must be 1.0", "specversion"};
    break;
  case envelope_field::content_type:
    if (!is_json_media_type(text))
      return failure{ec::unsupported_media_type, "datacontenttype must be JSON", "datacontenttype"};
    if (text != "application/json")
      keep_attribute(json_kind::string, text);
    break;
  case envelope_field::schema:
    if (!is_uri(text))
      return failure{ec::invalid_argument, "dataschema must be a URI (RFC 3986)", "dataschema"};
    keep_attribute(json_kind::string, text);
    break;
  case envelope_field::data_base64:
    return failure{ec::unsupported_media_type, "data must be JSON, not base64", "data_base64"};
  default:
    keep_attribute(json_kind::string, text);
  }
  return {};
}

void envelope_reader::keep_attribute(json_kind kind, std::string_view text) {
  auto& out = envelope_.extensions;
  out += out.empty() ? "{" : ",";
  append_json_string(out, name_);
  out += ':';
  if (kind == json_kind::string)
    append_json_string(out, text);
  else
    out += text;
}

} // namespace carillon
