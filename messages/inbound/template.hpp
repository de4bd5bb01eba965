#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Where a value comes from: a header, a member of the body, or the body as a whole.
struct inbound_place {
  /// Of a place.
  enum class kind : uint8_t { header, member, digest };

  kind of = kind::member;
  /// Name of a header in lower case, or a JSON pointer (RFC 6901).
  std::string name;

  friend bool operator==(const inbound_place&, const inbound_place&) = default;
};

/// A text with values of a delivery in it, each in braces: a header, as `header:x-github-event`; a
/// member of the body, as the JSON pointer of its id; or the word `sha256` for the digest of the
/// body in hexadecimal. Of several with a bar between them the first that is there and not empty
/// counts. Immutable.
class inbound_template {
public:
  static constexpr size_t text_bytes = 512;
  static constexpr size_t values = 8;
  static constexpr size_t alternatives = 8;

  /// The text of a place; empty if the delivery has none.
  using look_up = std::function<std::optional<std::string>(const inbound_place&)>;

  inbound_template() = default;

  /// Errors: `invalid_argument`, without a field.
  static expected<inbound_template> parse(std::string_view text);

  const std::string& text() const noexcept {
    return text_;
  }

  bool empty() const noexcept {
    return text_.empty();
  }

  /// True if every delivery gets the same.
  bool is_constant() const noexcept;

  /// All places that it may look at.
  void each_place(const std::function<void(const inbound_place&)>& visit) const;

  /// The text with its values, each as `shape` makes it. Errors: `invalid_argument` if a value is
  /// not there; the detail names it.
  expected<std::string> fill(const look_up& find,
                             const std::function<std::string(std::string_view)>& shape) const;

  friend bool operator==(const inbound_template& a, const inbound_template& b) {
    return a.text_ == b.text_;
  }

private:
  struct part {
    /// If there are no places.
    std::string literal;
    std::vector<inbound_place> places;
  };

  std::string text_;
  std::vector<part> parts_;
};

/// A value as a part of an event type: lower case, a slash as a dot, other characters that a type
/// has not as an underscore, and no dot at its ends or twice.
std::string as_type_part(std::string_view value);

} // namespace carillon
