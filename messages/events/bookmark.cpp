#include "messages/events/bookmark.hpp"

#include "base/crypto/sha256.hpp"
#include "base/text/hex.hpp"
#include "base/text/number.hpp"

#include <span>

namespace carillon {

namespace {

constexpr size_t mark_bytes = 6;

bool is_mark(std::string_view x) noexcept {
  return x.size() == 2 * mark_bytes && x.find_first_not_of(lower_hex) == std::string_view::npos;
}

} // namespace

std::string to_string(const bookmark& x) {
  auto seq = std::to_string(x.seq);
  return x.mark.empty() ? seq : x.mark + '.' + seq;
}

expected<bookmark> bookmark_from(std::string_view text) {
  const auto dot = text.find('.');
  const bool marked = dot != std::string_view::npos;
  const auto mark = marked ? text.substr(0, dot) : std::string_view{};
  const auto seq = number_from(marked ? text.substr(dot + 1) : text);
  if (!seq || (marked && (*seq == 0 || !is_mark(mark))))
    return failure{
      ec::invalid_argument, "this is neither a position nor the id of a message of a stream", {}};
  return bookmark{*seq, std::string{mark}};
}

bookmark bookmark_of(const event& x) {
  bookmark out{.seq = x.seq};
  const auto seq = std::to_string(x.seq);
  const auto recorded = std::to_string(x.recorded_at.time_since_epoch().count());
  // None of the texts holds a line feed.
  constexpr std::string_view end = "\n";
  if (auto digest
      = try_sha256({seq, end, recorded, end, x.company_id, end, x.source, end, x.id, end, x.type}))
    out.mark = to_hex(std::span{*digest}.first(mark_bytes));
  return out;
}

} // namespace carillon
