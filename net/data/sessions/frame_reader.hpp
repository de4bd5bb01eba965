#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::sessions {

/// Parses the frames of a client (RFC 6455 section 5) with wslay: masks, fragments, UTF-8, control
/// frames in between. Answers (pongs and the close) become bytes for the outbox. Holds no memory
/// between messages. No I/O; one thread.
class frame_reader {
public:
  struct handler {
    std::function<void(std::string text)> on_text;
    /// Frames to send, whole.
    std::function<void(std::string bytes)> on_answer;
  };

  enum class state : uint8_t {
    open,
    /// Both sides have sent close, or a fault ends the connection and the answer reports it.
    /// Nothing more is read.
    ended,
  };

  /// @param max_message_bytes most bytes of a message, all fragments together; more is answered
  ///        1009
  frame_reader(handler to, size_t max_message_bytes);
  ~frame_reader();
  frame_reader(const frame_reader&) = delete;
  frame_reader& operator=(const frame_reader&) = delete;

  /// Consumes all bytes.
  state feed(std::string_view bytes);

  /// The code of our close; 0 if the client closed first.
  uint16_t code() const noexcept {
    return code_;
  }

  /// Our side has sent its close: input is discarded until the client's.
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
