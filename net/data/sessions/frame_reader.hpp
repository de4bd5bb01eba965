#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::sessions {

/// Takes the frames of a client apart (RFC 6455 section 5), by wslay: masks, fragments, UTF-8,
/// control frames in between. What has to be answered, pongs and the close, becomes bytes for the
/// outbox. Holds no memory between messages. No I/O; of one thread.
class frame_reader {
public:
  struct handler {
    std::function<void(std::string text)> on_text;
    /// Frames to send, whole.
    std::function<void(std::string bytes)> on_answer;
  };

  enum class state : uint8_t {
    open,
    /// Both sides have said close, or there was a fault that ends the connection; the answer says
    /// so. Nothing more is read.
    ended,
  };

  /// @param max_message_bytes of a message, all of its fragments together; more is answered 1009
  frame_reader(handler to, size_t max_message_bytes);
  ~frame_reader();
  frame_reader(const frame_reader&) = delete;
  frame_reader& operator=(const frame_reader&) = delete;

  /// Takes all of it.
  state feed(std::string_view bytes);

  /// What the close of `ended` said; 0 if the client closed first.
  uint16_t code() const noexcept {
    return code_;
  }

  /// Our side has sent its close: what comes is read over until the client's.
  void closing() noexcept {
    closing_ = true;
  }

private:
  class machine;
  friend class machine;

  handler to_;
  size_t max_message_bytes_;
  std::unique_ptr<machine> machine_;
  bool closing_ = false;
  bool ended_ = false;
  uint16_t code_ = 0;
};

} // namespace carillon::sessions
