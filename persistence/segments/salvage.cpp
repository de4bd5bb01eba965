#include "persistence/segments/salvage.hpp"

#include "base/text/number.hpp"
#include "persistence/segments/compression.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/file_window.hpp"
#include "persistence/segments/format/bytes.hpp"
#include "persistence/segments/format/segment_header.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace carillon::segments {

namespace {

constexpr std::string_view kept_end = ".cut";
/// The head of a compressed block has fewer bytes.
constexpr size_t packed_head_bytes = 256;

/// The first position, and which of the files of its segment it is: 1, 2, 3 …
std::optional<std::pair<position, uint64_t>> kept_name(std::string_view name) {
  const auto end = name.rfind(kept_end);
  if (end == std::string_view::npos)
    return {};
  const auto first = segment_first(name.substr(0, end));
  const auto digits = name.substr(end + kept_end.size());
  const auto number = digits.empty() ? std::optional<uint64_t>{1} : number_from(digits);
  if (!first || !number)
    return {};
  return std::pair{*first, *number};
}

/// One walk over a kept file.
class kept_walk {
public:
  kept_walk(file& content, position first, position stop)
    : window_(content), next_(first), stop_(stop) {
  }

  using taker = std::function<expected<void>(const frame_view&)>;

  expected<void> run(const taker& take) {
    if (auto done = begin(); !done)
      return done;
    for (uint64_t at = segment_header::bytes; !is_over_ && at < window_.size();) {
      const auto x = window_.frame(at, generation_);
      if (!x)
        return x.error();
      if (*x) {
        at += (*x)->bytes;
        if (auto done = offer(**x, take); !done)
          return done;
        continue;
      }
      const auto length = offer_block(at, take);
      if (!length)
        return length.error();
      at += *length == 0 ? frame_alignment : aligned(*length, frame_alignment);
    }
    return {};
  }

private:
  expected<void> offer(const frame_view& x, const taker& take) {
    is_over_ = is_over_ || (stop_ != 0 && x.first >= stop_);
    if (is_over_ || x.count == 0 || x.first < next_)
      return {};
    next_ = x.first + x.count;
    return take(x);
  }

  /// The frames of a compressed block. Its length in the file; 0 if there is none.
  expected<size_t> offer_block(uint64_t at, const taker& take) {
    const auto head = window_.view(at, packed_head_bytes);
    if (!head)
      return head.error();
    const auto bytes = inflated_length(*head);
    if (bytes == 0)
      return size_t{0};
    const auto rest = window_.view(at, bytes + bytes / 64 + packed_head_bytes);
    if (!rest)
      return rest.error();
    const auto length = packed_length(*rest);
    std::string content;
    // What is no block of this file, e.g. of an event's text, is not skipped.
    if (length == 0 || !inflate_block(rest->substr(0, length), bytes, content)
        || !read_frame(content, generation_))
      return size_t{0};
    for (std::string_view left = content; !left.empty();) {
      const auto x = read_frame(left, generation_);
      if (!x)
        break;
      if (auto done = offer(*x, take); !done)
        return done.error();
      left.remove_prefix(x->bytes);
    }
    return length;
  }

  /// The header may be damaged: its generation is right if a frame fits it.
  expected<void> begin() {
    if (auto done = window_.open(); !done)
      return done;
    const auto page = window_.view(0, segment_header::bytes);
    if (!page)
      return page.error();
    if (page->size() == segment_header::bytes)
      generation_ = generation_in(*page);
    return {};
  }

  file_window window_;
  uint64_t generation_ = 0;
  position next_;
  position stop_;
  bool is_over_ = false;
};

} // namespace

expected<void> read_kept(file_layer& files, const kept_file& x, position stop,
                         const std::function<expected<void>(const frame_view&)>& take) {
  std::unique_ptr<file> content;
  if (const int error = files.open(x.name, file_layer::mode::read, content); error != 0)
    return disk_failure(error, files.path_of(x.name));
  return kept_walk{*content, x.first, stop}.run(take);
}

expected<std::vector<kept_file>> kept_files(file_layer& files) {
  std::vector<std::string> names;
  if (const int error = files.list(names); error != 0)
    return disk_failure(error, files.path_of(""));
  std::map<std::pair<position, uint64_t>, std::string> ordered;
  for (auto& name : names)
    if (const auto x = kept_name(name))
      ordered.emplace(*x, std::move(name));
  std::vector<kept_file> out;
  out.reserve(ordered.size());
  for (auto& [key, name] : ordered) {
    auto& x = out.emplace_back(kept_file{std::move(name), key.first});
    const auto done = read_kept(files, x, 0, [&x](const frame_view& frame) -> expected<void> {
      x.last = frame.first + frame.count - 1;
      return {};
    });
    if (!done)
      return done.error();
  }
  return out;
}

position last_of(const std::vector<kept_file>& all) noexcept {
  position out = 0;
  for (const auto& x : all)
    out = std::max(out, x.last);
  return out;
}

std::vector<draft_ptr> events_of(const frame_view& x) {
  std::vector<draft_ptr> out;
  auto records = x.records;
  record_view record;
  for (uint32_t i = 0; i < x.count; ++i) {
    if (!read_record(records, x.recorded_at, record))
      return {};
    record.seq = x.first + i;
    out.push_back(std::const_pointer_cast<event>(event_of(record)));
  }
  return out;
}

} // namespace carillon::segments
