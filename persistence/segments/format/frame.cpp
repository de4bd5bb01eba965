#include "persistence/segments/format/frame.hpp"

#include "base/crc32c.hpp"
#include "persistence/segments/format/bytes.hpp"

#include <limits>

namespace carillon::segments {

namespace {

// Offsets in the head of a frame.
constexpr size_t at_bytes = 0;
constexpr size_t at_checksum = 4;
constexpr size_t at_first = 8;
constexpr size_t at_recorded = 16;
constexpr size_t at_count = 24;
constexpr size_t at_record_bytes = 28;

/// Bytes of a record at least: its length, audience and hops, a time, and ten lengths.
constexpr size_t least_record_bytes = 14;

uint32_t checksum_of(std::string_view frame, uint64_t generation) noexcept {
  char seed[8];
  put(seed, generation);
  const auto begin = crc32c(frame.substr(at_bytes, 4), crc32c({seed, sizeof seed}));
  return crc32c(frame.substr(at_first), begin);
}

} // namespace

bool make_frame(std::string& out, uint64_t generation, position first, timestamp recorded_at,
                std::span<const draft_ptr> events) {
  size_t bound = frame_head_bytes + frame_alignment;
  for (const auto& x : events)
    bound += record_bound(*x);
  // The bound is above what it takes, by less than 130 bytes per event.
  if (bound > max_frame_bytes || events.size() > std::numeric_limits<uint32_t>::max())
    return false;
  out.resize(bound);
  auto* at = out.data() + frame_head_bytes;
  for (const auto& x : events)
    at = put_record(at, *x, recorded_at);
  const auto record_bytes = static_cast<size_t>(at - out.data()) - frame_head_bytes;
  const auto bytes = aligned(frame_head_bytes + record_bytes, frame_alignment);
  std::memset(at, 0, bytes - frame_head_bytes - record_bytes);
  out.resize(bytes);
  put(out.data() + at_bytes, static_cast<uint32_t>(bytes));
  put(out.data() + at_first, first);
  put(out.data() + at_recorded, to_micros(recorded_at));
  put(out.data() + at_count, static_cast<uint32_t>(events.size()));
  put(out.data() + at_record_bytes, static_cast<uint32_t>(record_bytes));
  move_frame(out, generation);
  return true;
}

void move_frame(std::string& frame, uint64_t generation) noexcept {
  put(frame.data() + at_checksum, checksum_of(frame, generation));
}

size_t frame_length(std::string_view bytes) noexcept {
  const uint64_t length = get<uint32_t>(bytes.data() + at_bytes);
  const uint64_t record_bytes = get<uint32_t>(bytes.data() + at_record_bytes);
  const uint64_t count = get<uint32_t>(bytes.data() + at_count);
  const auto first = get<uint64_t>(bytes.data() + at_first);
  const bool is_plausible = length >= frame_head_bytes && length <= max_frame_bytes
                            && length == aligned(frame_head_bytes + record_bytes, frame_alignment)
                            && record_bytes >= count * least_record_bytes
                            && (count > 0 || record_bytes == 0) && first > 0
                            && first <= std::numeric_limits<uint64_t>::max() - count;
  return is_plausible ? length : 0;
}

std::optional<frame_view> read_frame(std::string_view bytes, uint64_t generation) noexcept {
  if (bytes.size() < frame_head_bytes)
    return {};
  const auto length = frame_length(bytes);
  if (length == 0 || length > bytes.size())
    return {};
  bytes = bytes.substr(0, length);
  if (get<uint32_t>(bytes.data() + at_checksum) != checksum_of(bytes, generation))
    return {};
  return frame_view{.first = get<uint64_t>(bytes.data() + at_first),
                    .count = get<uint32_t>(bytes.data() + at_count),
                    .recorded_at = from_micros(get<int64_t>(bytes.data() + at_recorded)),
                    .records
                    = bytes.substr(frame_head_bytes, get<uint32_t>(bytes.data() + at_record_bytes)),
                    .bytes = length};
}

} // namespace carillon::segments
