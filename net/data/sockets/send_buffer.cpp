#include "net/data/sockets/send_buffer.hpp"

#include <utility>

namespace carillon::data {

namespace {

/// Bytes that a slow client must read to restart its write deadline.
constexpr size_t progress_bytes = 16UL * 1024;
/// Memory that an idle connection keeps.
constexpr size_t kept_send_bytes = 32UL * 1024;

} // namespace

void send_buffer::clear() {
  text_.clear();
  sent_ = read_bytes_ = 0;
  blocks_ = false;
  if (text_.capacity() > kept_send_bytes)
    std::string{}.swap(text_);
}

void send_buffer::block(time_point now) {
  read_bytes_ += sent_;
  if (!std::exchange(blocks_, true) || read_bytes_ >= progress_bytes) {
    blocked_ = now;
    read_bytes_ = 0;
  }
  text_.erase(0, std::exchange(sent_, 0));
}

} // namespace carillon::data
