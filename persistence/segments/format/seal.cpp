#include "persistence/segments/format/seal.hpp"

#include "base/crc32c.hpp"
#include "persistence/segments/format/bytes.hpp"
#include "persistence/segments/format/segment_header.hpp"

namespace carillon::segments {

namespace {

constexpr std::string_view seal_magic = "CARILEND";
constexpr size_t table_row_bytes = 32;
constexpr uint32_t flag_compressed = 1;
constexpr uint32_t flag_stored_checksum = 2;
/// A file has fewer blocks.
constexpr uint64_t max_blocks = 1UL << 24;

// Offsets in the trailer. The rest of it is zero.
constexpr size_t trailer_format_at = 8;
constexpr size_t trailer_checksum_at = 12;
constexpr size_t trailer_flags_at = 16;
constexpr size_t trailer_table_checksum_at = 20;
constexpr size_t trailer_first_at = 24;
constexpr size_t trailer_last_at = 32;
constexpr size_t trailer_content_bytes_at = 40;
constexpr size_t trailer_table_at = 48;
constexpr size_t trailer_blocks_at = 56;
constexpr size_t trailer_min_time_at = 64;
constexpr size_t trailer_max_time_at = 72;
constexpr size_t trailer_first_recorded_at = 80;
constexpr size_t trailer_last_recorded_at = 88;
constexpr size_t trailer_content_at = 96;
constexpr size_t trailer_before_at = 128;
constexpr size_t trailer_stored_checksum_at = 160;

uint32_t trailer_checksum(std::string_view trailer) noexcept {
  return crc32c(trailer.substr(trailer_checksum_at + 4),
                crc32c(trailer.substr(0, trailer_checksum_at)));
}

std::string_view view_of(const sha256_digest& x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

sha256_digest digest_at(std::string_view trailer, size_t at) noexcept {
  sha256_digest out{};
  std::memcpy(out.data(), trailer.data() + at, out.size());
  return out;
}

std::optional<std::vector<block>> table_of(std::string_view table, uint64_t content_bytes,
                                           bool is_compressed) {
  std::vector<block> out;
  out.reserve(table.size() / table_row_bytes);
  for (; !table.empty(); table.remove_prefix(table_row_bytes)) {
    block x{.first = get<uint64_t>(table.data()),
            .offset = get<uint64_t>(table.data() + 8),
            .stored_at = get<uint64_t>(table.data() + 16),
            .stored_bytes = get<uint64_t>(table.data() + 24),
            .is_compressed = is_compressed};
    const auto expected_at = out.empty() ? segment_header::bytes : out.back().offset;
    if (out.empty() ? x.offset != expected_at : x.offset <= expected_at)
      return {};
    if (!out.empty())
      out.back().bytes = x.offset - out.back().offset;
    out.push_back(x);
  }
  if (!out.empty()) {
    if (content_bytes <= out.back().offset)
      return {};
    out.back().bytes = content_bytes - out.back().offset;
  }
  return out;
}

} // namespace

std::optional<sha256_digest> seal_hash(const seal& x) {
  char positions[16];
  put(positions, x.first);
  put(positions + 8, x.last);
  return try_sha256({{positions, sizeof positions}, view_of(x.content), view_of(x.before)});
}

std::string encode(const seal& x, uint64_t at) {
  const auto table_bytes = x.blocks.size() * table_row_bytes;
  std::string out(table_bytes + seal::trailer_bytes, '\0');
  auto* row = out.data();
  for (const auto& b : x.blocks) {
    put(row, b.first);
    put(row + 8, b.offset);
    put(row + 16, b.stored_at);
    put(row + 24, b.stored_bytes);
    row += table_row_bytes;
  }
  auto* trailer = out.data() + table_bytes;
  seal_magic.copy(trailer, seal_magic.size());
  put(trailer + trailer_format_at, segment_header::format);
  put(trailer + trailer_flags_at,
      (x.is_compressed ? flag_compressed : 0U) | (x.stored_checksum ? flag_stored_checksum : 0U));
  put(trailer + trailer_table_checksum_at, crc32c({out.data(), table_bytes}));
  put(trailer + trailer_first_at, x.first);
  put(trailer + trailer_last_at, x.last);
  put(trailer + trailer_content_bytes_at, x.content_bytes);
  put(trailer + trailer_table_at, at);
  put(trailer + trailer_blocks_at, static_cast<uint64_t>(x.blocks.size()));
  put(trailer + trailer_min_time_at, to_micros(x.min_time));
  put(trailer + trailer_max_time_at, to_micros(x.max_time));
  put(trailer + trailer_first_recorded_at, to_micros(x.first_recorded_at));
  put(trailer + trailer_last_recorded_at, to_micros(x.last_recorded_at));
  std::memcpy(trailer + trailer_content_at, x.content.data(), x.content.size());
  std::memcpy(trailer + trailer_before_at, x.before.data(), x.before.size());
  put(trailer + trailer_stored_checksum_at, x.stored_checksum.value_or(0));
  put(trailer + trailer_checksum_at, trailer_checksum({trailer, seal::trailer_bytes}));
  return out;
}

uint64_t seal_bound(uint64_t content_bytes) noexcept {
  // All blocks but the last have at least `block_bytes`. The seal begins on the next page.
  const auto most_blocks = content_bytes / block_bytes + 1;
  return segment_header::bytes + most_blocks * table_row_bytes + seal::trailer_bytes;
}

std::optional<uint64_t> seal_bytes(std::string_view trailer) noexcept {
  if (trailer.size() != seal::trailer_bytes || !trailer.starts_with(seal_magic)
      || get<uint32_t>(trailer.data() + trailer_checksum_at) != trailer_checksum(trailer))
    return {};
  const auto blocks = get<uint64_t>(trailer.data() + trailer_blocks_at);
  if (blocks > max_blocks)
    return {};
  return blocks * table_row_bytes + seal::trailer_bytes;
}

std::optional<seal> decode_seal(std::string_view bytes) {
  if (bytes.size() < seal::trailer_bytes)
    return {};
  const auto trailer = bytes.substr(bytes.size() - seal::trailer_bytes);
  const auto all = seal_bytes(trailer);
  if (!all || *all != bytes.size())
    return {};
  const auto table = bytes.substr(0, bytes.size() - seal::trailer_bytes);
  if (get<uint32_t>(trailer.data() + trailer_table_checksum_at) != crc32c(table))
    return {};
  seal out;
  out.first = get<uint64_t>(trailer.data() + trailer_first_at);
  out.last = get<uint64_t>(trailer.data() + trailer_last_at);
  out.content_bytes = get<uint64_t>(trailer.data() + trailer_content_bytes_at);
  const auto flags = get<uint32_t>(trailer.data() + trailer_flags_at);
  out.is_compressed = (flags & flag_compressed) != 0;
  if ((flags & flag_stored_checksum) != 0)
    out.stored_checksum = get<uint32_t>(trailer.data() + trailer_stored_checksum_at);
  out.min_time = from_micros(get<int64_t>(trailer.data() + trailer_min_time_at));
  out.max_time = from_micros(get<int64_t>(trailer.data() + trailer_max_time_at));
  out.first_recorded_at = from_micros(get<int64_t>(trailer.data() + trailer_first_recorded_at));
  out.last_recorded_at = from_micros(get<int64_t>(trailer.data() + trailer_last_recorded_at));
  out.content = digest_at(trailer, trailer_content_at);
  out.before = digest_at(trailer, trailer_before_at);
  auto blocks = table_of(table, out.content_bytes, out.is_compressed);
  if (!blocks || out.first == 0 || out.last + 1 < out.first)
    return {};
  out.blocks = std::move(*blocks);
  return out;
}

} // namespace carillon::segments
