#pragma once

#include "base/failure.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace carillon {

/// A regular expression of a schema (ECMA-262), run by RE2: the time is linear in the text for
/// every expression. Copies share the compiled form; any thread.
class schema_pattern {
public:
  /// Look-ahead is supported at the beginning, behind `^`. Other features that RE2 lacks
  /// (look-behind, back references) are rejected, and so are expressions that need much memory.
  /// Errors: `invalid_argument` with the fault, without a field.
  static expected<schema_pattern> make(std::string_view expression);

  /// True if it is found anywhere in the text.
  bool matches(std::string_view text) const;

  /// Cost of matching a text of so many bytes, in steps of a check. An expression that is not
  /// anchored costs more, since many of its states are active at once.
  size_t cost(size_t bytes) const noexcept {
    return 1 + bytes * weight_ / 256;
  }

private:
  struct part {
    std::shared_ptr<const re2::RE2> expression;
    bool wanted = true;
  };

  expected<void> add(std::string_view expression, bool wanted);

  std::vector<part> parts_;
  size_t weight_ = 0;
};

} // namespace carillon
