#pragma once

#include "base/failure.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace carillon {

/// A regular expression of a schema (ECMA-262), run by RE2: the time is linear in the text,
/// whatever the expression is. Copies share what was compiled; any thread.
class schema_pattern {
public:
  /// Look-ahead is understood where it stands at the beginning, behind `^`; what else RE2 does not
  /// know (look-behind, back references) is refused, and so is what it would need much memory for.
  /// Errors: `invalid_argument` with what is wrong, without a field.
  static expected<schema_pattern> make(std::string_view expression);

  /// True if it is found anywhere in the text.
  bool matches(std::string_view text) const;

  /// What to look at a text of so many bytes costs, in the steps of a check. An expression that may
  /// begin anywhere costs more: it is at many places of itself at once.
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
