#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::data {

/// The unsent answers of a connection, and since when its client does not read them. One thread.
class send_buffer {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Answers are appended here.
  std::string& text() noexcept {
    return text_;
  }

  std::string_view unsent() const noexcept {
    return std::string_view{text_}.substr(sent_);
  }

  /// The socket accepted so many of them.
  void sent(size_t bytes) noexcept {
    sent_ += bytes;
  }

  /// All are sent: nothing blocks, and no more memory than usual is kept.
  void clear();

  /// The socket is full; the client has to read.
  void block(time_point now);

  /// The time of the last progress of a client that blocks. One that reads a byte now and then
  /// makes none.
  time_point blocked_since() const noexcept {
    return blocked_;
  }

private:
  std::string text_;
  size_t sent_ = 0;
  /// The client has blocked since the buffer was empty.
  bool blocks_ = false;
  /// Bytes read by the client since the last progress.
  size_t read_bytes_ = 0;
  time_point blocked_;
};

} // namespace carillon::data
