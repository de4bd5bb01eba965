#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace carillon {

/// How a message of a webhook is written.
enum class message_format : uint8_t {
  /// The message of Standard Webhooks, without a template.
  standard,
  /// One text, in the JSON that the service takes.
  slack,
  teams,
  discord,
  /// A JSON object, whose texts are templates.
  json,
  /// An object of texts, sent as `application/x-www-form-urlencoded`.
  form,
  /// `text/plain`.
  text,
};

/// What a receiver is sent.
struct rendered_message {
  std::string content_type = "application/json";
  std::string body;
};

/// Limits of a message template.
struct message_limits {
  /// Of the setting, as JSON.
  static constexpr size_t bytes = 16'384;
  /// Of what is sent.
  static constexpr size_t body_bytes = 262'144;
  /// Variables and sections that one message may take, repetitions counted.
  static constexpr size_t steps = 10'000;
  static constexpr size_t depth = 8;
};

class message_program;

/// The message that a webhook is sent in place of that of Standard Webhooks: Mustache without
/// partials, delimiters and unescaped variables, see docs/filters.md. Values cannot leave the place
/// that the template gives them: the format's own writer escapes them. Compiled once, immutable:
/// any thread.
class message_template {
public:
  /// The standard message.
  message_template() = default;

  /// @param json `{"format":"slack","template":"New order {{data.id}}"}`
  /// Errors: `invalid_argument` with the field, a JSON pointer of the place behind `field`.
  static expected<message_template> parse(std::string_view json,
                                          std::string_view field = "message");

  bool is_standard() const noexcept {
    return program_ == nullptr;
  }

  /// Of a message that is not the standard one. Errors: `invalid_argument`, with a text for the
  /// webhook's owner.
  expected<rendered_message> render(const event& x) const;

  /// As it was given; empty for the standard message.
  const std::string& text() const noexcept;

  friend bool operator==(const message_template& a, const message_template& b) noexcept {
    return a.text() == b.text();
  }

private:
  std::shared_ptr<const message_program> program_;
};

} // namespace carillon
