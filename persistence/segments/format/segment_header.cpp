#include "persistence/segments/format/segment_header.hpp"

#include "base/crc32c.hpp"
#include "base/text/number.hpp"
#include "persistence/segments/format/bytes.hpp"

namespace carillon::segments {

namespace {

constexpr std::string_view header_magic = "CARILSEG";
constexpr size_t history_bytes = 32;
constexpr size_t name_digits = 20;
constexpr std::string_view name_end = ".seg";

// Offsets in the page.
constexpr size_t header_format_at = 8;
constexpr size_t header_checksum_at = 12;
constexpr size_t header_first_at = 16;
constexpr size_t header_generation_at = 24;
constexpr size_t header_made_at = 32;
constexpr size_t header_file_bytes_at = 40;
constexpr size_t header_history_at = 48;

/// Of the page without the checksum itself.
uint32_t header_checksum(std::string_view page) noexcept {
  return crc32c(page.substr(header_checksum_at + 4), crc32c(page.substr(0, header_checksum_at)));
}

} // namespace

std::string encode(const segment_header& x) {
  std::string out(segment_header::bytes, '\0');
  header_magic.copy(out.data(), header_magic.size());
  put(out.data() + header_format_at, segment_header::format);
  put(out.data() + header_first_at, x.first);
  put(out.data() + header_generation_at, x.generation);
  put(out.data() + header_made_at, to_micros(x.made_at));
  put(out.data() + header_file_bytes_at, x.file_bytes);
  x.history.copy(out.data() + header_history_at, history_bytes);
  put(out.data() + header_checksum_at, header_checksum(out));
  return out;
}

expected<segment_header> decode_header(std::string_view page) {
  if (page.size() != segment_header::bytes || !page.starts_with(header_magic))
    return failure{ec::store_corrupt, "it does not begin like a segment of the log", {}};
  const auto format = get<uint32_t>(page.data() + header_format_at);
  if (get<uint32_t>(page.data() + header_checksum_at) != header_checksum(page))
    return failure{ec::store_corrupt, "its header is damaged", {}};
  if (format != segment_header::format)
    return failure{ec::store_too_new,
                   "it has format " + std::to_string(format) + ", this version reads "
                     + std::to_string(segment_header::format),
                   {}};
  segment_header out;
  out.first = get<uint64_t>(page.data() + header_first_at);
  out.generation = get<uint64_t>(page.data() + header_generation_at);
  out.made_at = from_micros(get<int64_t>(page.data() + header_made_at));
  out.file_bytes = get<uint64_t>(page.data() + header_file_bytes_at);
  const auto history = page.substr(header_history_at, history_bytes);
  out.history = history.substr(0, history.find('\0'));
  if (out.first == 0 || out.history.empty())
    return failure{ec::store_corrupt, "its header is damaged", {}};
  return out;
}

uint64_t generation_in(std::string_view page) noexcept {
  return get<uint64_t>(page.data() + header_generation_at);
}

std::string segment_name(position first) {
  auto digits = std::to_string(first);
  return std::string(name_digits - digits.size(), '0') + digits + std::string{name_end};
}

std::optional<position> segment_first(std::string_view name) noexcept {
  if (name.size() != name_digits + name_end.size() || !name.ends_with(name_end))
    return {};
  const auto out = number_from(name.substr(0, name_digits));
  return out && *out > 0 ? out : std::nullopt;
}

} // namespace carillon::segments
