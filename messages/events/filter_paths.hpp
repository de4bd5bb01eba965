#pragma once

#include "base/json/number_order.hpp"
#include "base/json/raw_json.hpp"
#include "messages/events/name_table.hpp"
#include "messages/events/payload_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// What a pass over an event found, by the number of the path. It keeps its memory for the next
/// pass. One thread.
class filter_values {
public:
  const filter_value& operator[](size_t path) const noexcept {
    return values_[path];
  }

private:
  friend class filter_paths;

  std::vector<filter_value> values_;
  /// Texts without their escapes, and the present name.
  std::string texts_;
  std::string name_;
};

/// The places in an event that filters look at, numbered from 0. Whatever filters do with them, the
/// text of `data` is read once, in one pass, and as far as there is anything left to find.
class filter_paths {
public:
  /// A member of the event, or the names on the way into `data`.
  struct path {
    std::string_view filter_subject::*member = nullptr;
    std::vector<std::string> names;
  };

  /// The number of a path, which is a new one unless it is known.
  size_t add(const path& x);

  size_t size() const noexcept {
    return all_.size();
  }

  /// The paths by their numbers.
  const std::vector<path>& all() const noexcept {
    return all_;
  }

  /// Finds the values. They point into the event, and into `out`.
  void find(const filter_subject& in, filter_values& out) const;

private:
  class scan;

  /// A part of paths into `data`.
  struct node {
    /// The nodes behind the members of an object.
    name_table names;
    /// Those that are behind elements of a list, too, by their index, ascending.
    std::vector<std::pair<uint64_t, size_t>> items;
    /// A path that ends here.
    std::optional<size_t> path;
  };

  size_t child_of(size_t parent, const std::string& name);

  std::vector<node> nodes_ = std::vector<node>(1);
  std::vector<path> all_;
  /// Paths into `data`.
  size_t in_data_ = 0;
};

} // namespace carillon
