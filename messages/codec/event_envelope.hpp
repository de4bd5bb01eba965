#pragma once

#include "messages/codec/codec.hpp"
#include "messages/codec/payload_view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// The forms of an event in JSON.
enum class event_form : uint8_t { plain, cloud_event };

/// Members of an envelope of either form.
enum class envelope_field : uint8_t {
  id,
  type,
  source,
  time,
  company_id,
  user_id,
  correlation_id,
  causation_id,
  traceparent,
  audience,
  data,
  metadata,
  spec_version,
  content_type,
  subject,
  schema,
  data_base64,
  extension,
};

/// The field of this name; none if the form does not define it.
std::optional<envelope_field> find_field(event_form form, std::string_view name) noexcept;

/// A set of fields.
class field_set {
public:
  void insert(envelope_field x) noexcept {
    bits_ |= bit(x);
  }

  void erase(envelope_field x) noexcept {
    bits_ &= ~bit(x);
  }

  bool has(envelope_field x) const noexcept {
    return (bits_ & bit(x)) != 0;
  }

private:
  static constexpr uint32_t bit(envelope_field x) noexcept {
    return uint32_t{1} << static_cast<unsigned>(x);
  }

  uint32_t bits_ = 0;
};

/// What an envelope held, before the rules that concern several of its members are applied.
struct event_envelope {
  event_form form = event_form::plain;
  /// The members that were given, other than as null.
  field_set given;
  /// Texts of members that need no other are in place.
  draft_ptr draft;
  std::optional<std::string> time_text;
  std::optional<std::string> audience_text;
  /// JSON object of attributes without meaning here, without its closing bracket; empty if there
  /// were none.
  std::string extensions;
};

/// Checks that the event names the company or user that may see it. Errors: `schema_violation`.
expected<void> check_audience(const event& x);

/// Makes a draft that may be stored: completes and checks the envelope, and checks the payload
/// against its type. Takes the draft out of the envelope. Errors as `parse_event`.
expected<draft_ptr> make_draft(event_envelope& x, const payload_view& data,
                               const parse_context& ctx);

} // namespace carillon
