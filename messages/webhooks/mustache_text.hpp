#pragma once

#include "base/failure.hpp"

#include <rapidjson/document.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// What one message may cost, counted down while it is rendered.
struct message_budget {
  size_t steps = 0;
  size_t bytes = 0;
};

/// A text with Mustache tags: variables, sections, inverted sections and comments. There are no
/// partials, no other delimiters and no unescaped variables. Immutable: any thread.
class mustache_text {
public:
  /// Errors: `invalid_argument`; the detail names the place within the text.
  static expected<mustache_text> parse(std::string_view text);

  /// Appends the text with the values of `root`, in which numbers are strings.
  /// @param escape called with each value
  /// Errors: `invalid_argument` for a value that is an object or list, and beyond the budget.
  expected<void> render(std::string& out, const rapidjson::Value& root,
                        const std::function<std::string(std::string_view)>& escape,
                        message_budget& budget) const;

private:
  enum class kind { text, variable, section, inverted };

  struct part {
    kind what = kind::text;
    std::string text;
    /// Of a name: its parts; none for the item of a section, `.`.
    std::vector<std::string> path;
    /// Of a section: the part behind it.
    size_t end = 0;
  };

  class parser;
  class renderer;

  std::vector<part> parts_;
};

} // namespace carillon
