#include "net/data/sessions/outbox.hpp"

#include <algorithm>

namespace carillon::sessions {

void outbox::push(std::string own) {
  auto text = std::make_shared<const std::string>(std::move(own));
  std::string_view bytes{*text};
  items_.push_back({std::move(text), bytes, 0});
}

size_t outbox::gather(iovec* to, size_t most) const noexcept {
  size_t count = 0;
  for (auto i = head_; i < items_.size() && count < most; ++i, ++count) {
    auto bytes = items_[i].bytes;
    if (i == head_)
      bytes.remove_prefix(sent_);
    // sendmsg only reads them.
    to[count] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return count;
}

void outbox::consume(size_t bytes) {
  bytes += sent_;
  while (head_ < items_.size() && bytes >= items_[head_].bytes.size()) {
    bytes -= items_[head_].bytes.size();
    items_[head_] = {};
    ++head_;
  }
  sent_ = bytes;
  constexpr size_t spent = 64;
  if (empty()) {
    // An idle connection keeps no memory.
    items_ = {};
    head_ = sent_ = 0;
  } else if (head_ >= spent && head_ * 2 >= items_.size()) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

position outbox::drop_unsent() {
  auto first = head_ + (sent_ > 0 ? 1 : 0);
  position out = 0;
  for (auto i = first; i < items_.size() && out == 0; ++i)
    if (items_[i].begins != 0)
      out = items_[i].begins - 1;
  items_.resize(std::min(first, items_.size()));
  return out;
}

} // namespace carillon::sessions
