#pragma once

#include "messages/sessions/live_event.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::sessions {

/// Unsent bytes of one connection, in order: frames shared with other connections, and its own. One
/// thread.
class outbox {
public:
  /// A unit of sending; `bytes` live as long as `owner`, which keeps nothing else alive, so that
  /// the counted size is the memory used.
  struct item {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
    /// Position of the first event in it; 0 = it holds no event.
    position begins = 0;
  };

  void push(item x) {
    items_.push_back(std::move(x));
  }

  void push(std::string own);

  bool empty() const noexcept {
    return head_ == items_.size();
  }

  /// Fills in the next pieces, at most `most`; returns their number.
  size_t gather(iovec* to, size_t most) const noexcept;

  /// The kernel accepted so many bytes.
  void consume(size_t bytes);

  /// Drops all items that are wholly unsent. Returns the position before the first dropped event; 0
  /// if none was dropped.
  position drop_unsent();

private:
  std::vector<item> items_;
  size_t head_ = 0;
  /// Sent bytes of the first item.
  size_t sent_ = 0;
};

} // namespace carillon::sessions
