#pragma once

#include "messages/codec/event_envelope.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Collects the members of one envelope as a parser comes across them, in any order, and checks
/// each alone. After the first error the event is not one; members that follow need not be given.
class envelope_reader {
public:
  /// Another event begins.
  void begin(event_form form);

  /// The name of the next member. Errors: `invalid_argument` if the plain form has no such field.
  expected<void> name(std::string_view x);

  /// Its value, if that is a string, number or literal; numbers and literals as their text. Null
  /// is the same as if the member were absent (for CloudEvents by the JSON event format, section
  /// 2.3). Errors: `invalid_argument`, `unsupported_media_type`; with the field.
  expected<void> value(json_kind kind, std::string_view text);

  /// An object or array begins as its value. Errors: `invalid_argument` unless it is an object,
  /// and the field is `data` or `metadata`.
  expected<void> container(json_kind kind) const;

  /// The value of `metadata`, as in the text. Errors: `too_large`.
  expected<void> metadata(std::string_view json);

  /// The field of the last name.
  envelope_field field() const noexcept {
    return field_;
  }

  event_envelope& envelope() noexcept {
    return envelope_;
  }

private:
  failure wrong_kind(json_kind wanted, json_kind got) const;
  expected<void> text_value(std::string_view text);
  void keep_attribute(json_kind kind, std::string_view text);

  event_envelope envelope_;
  envelope_field field_ = envelope_field::id;
  std::string name_;
};

} // namespace carillon
