#pragma once

#include "base/json/number_order.hpp"
#include "base/json/raw_json.hpp"
#include "messages/events/payload_filter.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon {

/// A value as filters compare it.
struct filter_value {
  raw_kind kind = raw_kind::missing;
  /// Of a string: the value, which points into the text or into the holder's memory.
  std::string_view text;
  json_number number;
  bool truth = false;
};

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
};

/// A compiled payload filter. Made by `filter_compiler`, immutable afterwards.
class filter_program {
public:
  bool matches(const filter_subject& x) const;

  const std::string& text() const noexcept {
    return text_;
  }

  /// Selects what both select.
  filter_program(std::shared_ptr<const filter_program> a, std::shared_ptr<const filter_program> b);

  filter_program() = default;

private:
  friend class filter_compiler;
  class scan;

  /// Of the names in an event. A writer of events cannot choose names that collide.
  struct name_hash {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept;
  };

  /// A part of paths into `data`.
  struct node {
    std::unordered_map<std::string, size_t, name_hash, std::equal_to<>> children;
    /// Of `children`: whether a name of this length, modulo 64, is among them.
    uint64_t lengths = 0;
    /// A path that ends here.
    std::optional<size_t> path;
  };

  /// A member of the event, and its path.
  struct member {
    std::string_view filter_subject::*text = nullptr;
    size_t path = 0;
  };

  filter_step root_;
  std::vector<node> nodes_ = std::vector<node>(1);
  std::vector<member> members_;
  size_t paths_ = 0;
  /// Paths into `data`.
  size_t data_paths_ = 0;
  /// The filter, and the texts and numbers that steps point into.
  std::string text_;
  std::deque<std::string> constants_;
  /// Of a program made of two.
  std::shared_ptr<const filter_program> first_;
  std::shared_ptr<const filter_program> second_;
};

} // namespace carillon
