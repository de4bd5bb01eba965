#pragma once

#include "messages/events/filter_paths.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace carillon {

class filter_program;

/// Filters that are asked about the same events: the text of an event is read once for all of them,
/// and what is left for each is to compare. A bound on its paths keeps the memory of a pass small.
/// One thread.
class filter_group {
public:
  static constexpr size_t most_filters = 256;
  static constexpr size_t most_paths = 256;

  /// Adds a filter, and answers its place, which stays until it is removed. Empty if there is no
  /// room: an empty group has room for any.
  std::optional<size_t> add(const payload_filter& x);

  /// The same for a filter that is compiled already, which several groups may have.
  /// @param x not null, see `compile_filter`
  std::optional<size_t> add(const std::shared_ptr<const filter_program>& x);

  void remove(size_t place);

  bool empty() const noexcept {
    return size_ == 0;
  }

  size_t size() const noexcept {
    return size_;
  }

  /// Looks at an event, which `x` says for `matches`.
  void look_at(const filter_subject& in, filter_values& x) const;

  /// Whether the filter at a place selects the event that was looked at.
  bool matches(size_t place, const filter_values& x) const;

private:
  struct entry {
    std::shared_ptr<const filter_program> program;
    /// Of each path of the program: its number in the group.
    std::vector<size_t> places;
  };

  void enter(entry& x);

  /// Free places have no program.
  std::vector<entry> entries_;
  filter_paths paths_;
  size_t size_ = 0;
};

} // namespace carillon
