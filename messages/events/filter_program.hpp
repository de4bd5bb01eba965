#pragma once

#include "messages/events/filter_paths.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Values of one list, sorted for look-up.
struct filter_set {
  std::vector<std::string_view> texts;
  std::vector<json_number> numbers;
  bool null = false;
  bool yes = false;
  bool no = false;

  bool contains(const filter_value& x) const;
};

/// One condition, or several.
struct filter_step {
  enum class op : uint8_t { all, any, in, gt, gte, lt, lte, exists, starts, ends };

  op what = op::all;
  /// The opposite of what the condition says.
  bool negated = false;
  /// Which of the program's paths.
  size_t path = 0;
  filter_value constant;
  filter_set set;
  std::vector<filter_step> parts;

  /// Holds for every event.
  bool is_everything() const noexcept {
    return what == op::all && parts.empty() && !negated;
  }
};

/// A compiled payload filter. Made by `filter_compiler`, immutable afterwards.
class filter_program {
public:
  bool matches(const filter_subject& x) const;

  /// The same for values that were found already.
  /// @param places for each path of the program, its number among `values`
  bool holds(const filter_values& values, const std::vector<size_t>& places) const;

  const std::string& text() const noexcept {
    return text_;
  }

  /// What it looks at; nothing for a program made of two.
  const filter_paths& paths() const noexcept {
    return paths_;
  }

  /// Selects what both select.
  filter_program(std::shared_ptr<const filter_program> a, std::shared_ptr<const filter_program> b);

  filter_program() = default;

private:
  friend class filter_compiler;

  filter_step root_;
  filter_paths paths_;
  /// Of each path: its own number.
  std::vector<size_t> own_places_;
  /// The filter, and the texts and numbers that steps point into.
  std::string text_;
  std::deque<std::string> constants_;
  /// Of a program made of two.
  std::shared_ptr<const filter_program> first_;
  std::shared_ptr<const filter_program> second_;
};

/// Compiles the text of a filter, as `payload_filter::text` gives it.
/// @param field see `payload_filter::parse`
expected<std::shared_ptr<const filter_program>> compile_filter(std::string text,
                                                               std::string_view field = "filter");

} // namespace carillon
