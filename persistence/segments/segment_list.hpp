#pragma once

#include "persistence/segments/segment.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace carillon::segments {

/// The segments of a log in the order of positions, without gaps. Thread-safe; what it hands out
/// stays readable when its file is replaced or removed.
class segment_list {
public:
  using list = std::vector<segment_ptr>;

  segment_list() : all_(std::make_shared<list>()) {
  }

  /// The list as it is now.
  std::shared_ptr<const list> all() const;

  /// The segment that has an acknowledged position; null if there is none.
  segment_ptr find(position x) const;

  /// First position that is there, also if nothing was appended yet; at least 1.
  position first() const;

  /// Last acknowledged position; 0 if there is none.
  position head() const;

  /// Bytes of the acknowledged frames and of what belongs to them.
  uint64_t bytes() const;

  /// Adds the newest. One without events that begins at the same position is replaced.
  void push(segment_ptr x);

  /// Takes the place of all that is there.
  void assign(list x);

  /// Puts another file in the place of a segment that has the same events, e.g. a compressed one.
  void replace(const segment_ptr& old, segment_ptr by);

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const list> all_;
};

} // namespace carillon::segments
