#pragma once

#include "messages/sessions/live_event.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::sessions {

/// Bytes of one connection that are not with the kernel yet, in their order: frames that are shared
/// with other connections, and own ones. Of one thread.
class outbox {
public:
  /// What is sent as one; `bytes` live as long as `owner`, which holds nothing else: what is unsent
  /// costs what is counted.
  struct item {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
    /// Position of the first event in it; 0 = it is none.
    position begins = 0;
  };

  void push(item x) {
    items_.push_back(std::move(x));
  }

  void push(std::string own);

  bool empty() const noexcept {
    return head_ == items_.size();
  }

  /// Fills in what is next, at most `most`; answers how many.
  size_t gather(iovec* to, size_t most) const noexcept;

  /// The kernel took so many bytes.
  void consume(size_t bytes);

  /// Drops all that the kernel took nothing of. Answers the position before the first event that
  /// was dropped; 0 if none was.
  position drop_unsent();

private:
  std::vector<item> items_;
  size_t head_ = 0;
  /// Bytes of the first item that are sent.
  size_t sent_ = 0;
};

} // namespace carillon::sessions
