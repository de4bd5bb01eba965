#include "persistence/segments/file_window.hpp"

#include "persistence/segments/faults.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

constexpr uint64_t window_bytes = 1024UL * 1024;

} // namespace

expected<void> file_window::open() {
  const auto size = file_.size();
  if (size < 0)
    return disk_failure(static_cast<int>(-size));
  size_ = static_cast<uint64_t>(size);
  return {};
}

expected<std::string_view> file_window::view(uint64_t offset, size_t bytes) {
  const auto left = offset < size_ ? size_ - offset : 0;
  const auto wanted = std::min<uint64_t>(bytes, left);
  if (offset < begin_ || offset + wanted > begin_ + bytes_.size()) {
    bytes_.resize(std::min(std::max(wanted, window_bytes), left));
    const auto n = read_all(file_, offset, bytes_);
    if (n < 0) {
      bytes_.clear();
      return disk_failure(static_cast<int>(-n));
    }
    bytes_.resize(static_cast<size_t>(n));
    begin_ = offset;
  }
  return std::string_view{bytes_}.substr(offset - begin_, wanted);
}

expected<std::optional<frame_view>> file_window::frame(uint64_t offset, uint64_t generation) {
  const auto head = view(offset, frame_head_bytes);
  if (!head)
    return head.error();
  const auto length = head->size() < frame_head_bytes ? 0 : frame_length(*head);
  if (length == 0 || length > size_ - offset)
    return std::optional<frame_view>{};
  const auto all = view(offset, length);
  if (!all)
    return all.error();
  return read_frame(*all, generation);
}

} // namespace carillon::segments
