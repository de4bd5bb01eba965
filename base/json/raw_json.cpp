#include "base/json/raw_json.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace carillon {

namespace {

constexpr uint64_t each_byte = 0x0101010101010101U;
constexpr uint64_t high_bits = 0x8080808080808080U;

/// A bit in each byte that is 0; the lowest one is exact.
constexpr uint64_t zero_bytes(uint64_t x) noexcept {
  return (x - each_byte) & ~x & high_bits;
}

/// What a character is outside of strings.
enum class mark : uint8_t { none, quote, open, close, comma };

constexpr auto make_marks() {
  std::array<mark, 256> out{};
  const auto set = [&](char c, mark x) { out[static_cast<unsigned char>(c)] = x; };
  set('"', mark::quote);
  set('{', mark::open);
  set('[', mark::open);
  set('}', mark::close);
  set(']', mark::close);
  set(',', mark::comma);
  return out;
}

constexpr auto marks = make_marks();

/// The closing quote of a string whose first character is at `p`; the end if there is none.
/// @param escaped set if the string has escapes
const char* closing_quote(const char* p, const char* end, bool& escaped) noexcept {
  while (end - p >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    const auto found = zero_bytes(word ^ (each_byte * '"')) | zero_bytes(word ^ (each_byte * '\\'));
    if (found == 0) {
      p += 8;
      continue;
    }
    static_assert(std::endian::native == std::endian::little);
    p += std::countr_zero(found) / 8;
    if (*p == '"')
      return p;
    escaped = true;
    while (end - p > 1 && *p == '\\')
      p += 2;
    if (end - p == 1 && *p == '\\')
      return end;
  }
  while (p < end && *p != '"') {
    escaped = escaped || *p == '\\';
    p += *p == '\\' && end - p > 1 ? 2 : 1;
  }
  return p;
}

/// Behind the string whose first character is at `p`.
const char* behind_string(const char* p, const char* end) noexcept {
  bool escaped = false;
  p = closing_quote(p, end, escaped);
  return p < end ? p + 1 : end;
}

/// How deep a walk is within objects and arrays, and how many commas at depth 1 end it.
struct walk {
  size_t depth = 1;
  /// 0 = none does.
  size_t commas = 0;
  /// By commas, not by the end of what it began in.
  bool reached = false;

  /// False where the walk ends: behind this character.
  bool take(mark x) noexcept {
    if (x == mark::open)
      ++depth;
    else if (x == mark::close)
      return --depth > 0;
    else if (x == mark::comma && depth == 1 && commas > 0)
      reached = --commas == 0;
    return !reached;
  }
};

#if defined(__SSE2__)

/// 64 characters at once: a bit for each.
class block {
public:
  static constexpr ptrdiff_t size = 64;

  explicit block(const char* p) noexcept {
    const auto* from = reinterpret_cast<const __m128i*>(p);
    first_ = _mm_loadu_si128(from);
    second_ = _mm_loadu_si128(from + 1);
    third_ = _mm_loadu_si128(from + 2);
    fourth_ = _mm_loadu_si128(from + 3);
  }

  uint64_t equal(char c) const noexcept {
    return each([=](__m128i x) { return _mm_cmpeq_epi8(x, _mm_set1_epi8(c)); });
  }

  /// Those that are `c` but for the bit by which `[` and `{`, and `]` and `}`, differ.
  uint64_t bracket(char c) const noexcept {
    return each([=](__m128i x) {
      return _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(0x20)), _mm_set1_epi8(c));
    });
  }

private:
  template <class F>
  uint64_t each(F f) const noexcept {
    const auto bits
      = [&](__m128i x) { return uint64_t{static_cast<uint16_t>(_mm_movemask_epi8(f(x)))}; };
    return bits(first_) | bits(second_) << 16U | bits(third_) << 32U | bits(fourth_) << 48U;
  }

  __m128i first_;
  __m128i second_;
  __m128i third_;
  __m128i fourth_;
};

/// What is left from block to block.
struct block_state {
  uint64_t escapes_next = 0;
  uint64_t in_string = 0;

  /// Bits of the characters that are within strings; an opening quote counts, a closing one does
  /// not.
  uint64_t strings(const block& x) noexcept {
    auto quotes = x.equal('"');
    if (const auto slashes = x.equal('\\'); slashes != 0 || escapes_next != 0)
      quotes &= ~escaped_by(slashes);
    // Each bit is the parity of the quotes up to it.
    for (unsigned n = 1; n < 64; n *= 2)
      quotes ^= quotes << n;
    const auto out = quotes ^ in_string;
    in_string = (out >> 63U) != 0 ? ~uint64_t{0} : 0;
    return out;
  }

private:
  uint64_t escaped_by(uint64_t slashes) noexcept {
    auto out = escapes_next;
    slashes &= ~escapes_next;
    escapes_next = 0;
    while (slashes != 0) {
      const auto at = static_cast<unsigned>(std::countr_zero(slashes));
      slashes &= slashes - 1;
      if (at == 63) {
        escapes_next = 1;
        break;
      }
      out |= uint64_t{2} << at;
      slashes &= ~(uint64_t{2} << at);
    }
    return out;
  }
};

/// Walks on from `p`, which is in no string, as far as there are whole blocks.
/// @returns behind the last character of the walk, or where the last block ends; `ended` says which
const char* walk_blocks(const char* p, const char* end, walk& state, bool& ended) noexcept {
  block_state strings;
  const auto* safe = p;
  auto at_safe = state;
  for (; end - p >= block::size; p += block::size) {
    if (strings.in_string == 0 && strings.escapes_next == 0) {
      safe = p;
      at_safe = state;
    }
    const block x{p};
    const auto outside = ~strings.strings(x);
    const auto opens = x.bracket('{') & outside;
    const auto closes = x.bracket('}') & outside;
    const auto closed = static_cast<size_t>(std::popcount(closes));
    if (state.commas == 0 && closed < state.depth) {
      state.depth += static_cast<size_t>(std::popcount(opens)) - closed;
      continue;
    }
    const auto commas = state.commas == 0 ? 0 : x.equal(',') & outside;
    for (auto left = opens | closes | commas; left != 0; left &= left - 1) {
      const auto at = std::countr_zero(left);
      if (!state.take(marks[static_cast<unsigned char>(p[at])])) {
        ended = true;
        return p + at + 1;
      }
    }
  }
  if (strings.in_string == 0 && strings.escapes_next == 0)
    return p;
  // The last block ends within a string. The slow walk begins again at the last block that began
  // outside of one.
  state = at_safe;
  return safe;
}

#endif

/// Characters between values, as bits: one look at a table each.
constexpr uint8_t blank = 1;
constexpr uint8_t separator = 2;
constexpr uint8_t colon = 4;
constexpr uint8_t closing = 8;

constexpr auto make_kinds() {
  std::array<uint8_t, 256> out{};
  for (const char c : {' ', '\n', '\r', '\t'})
    out[static_cast<unsigned char>(c)] = blank;
  out[','] = separator;
  out[':'] = colon;
  out['}'] = closing;
  out[']'] = closing;
  return out;
}

constexpr auto kinds = make_kinds();

bool is_one_of(char c, uint8_t which) noexcept {
  return (kinds[static_cast<unsigned char>(c)] & which) != 0;
}

} // namespace

raw_kind raw_kind_of(std::string_view value) noexcept {
  if (value.empty())
    return raw_kind::missing;
  switch (value.front()) {
  case '"':
    return raw_kind::string;
  case '{':
    return raw_kind::object;
  case '[':
    return raw_kind::array;
  case 'n':
    return raw_kind::null;
  case 't':
  case 'f':
    return raw_kind::boolean;
  default:
    return raw_kind::number;
  }
}

void raw_json::skip_blanks() noexcept {
  while (at_ < end_ && is_one_of(*at_, blank))
    ++at_;
}

void raw_json::skip_scalar() noexcept {
  const auto ends = [](char c) { return is_one_of(c, blank | separator | closing); };
  for (int i = 0; i < 16 && at_ < end_; ++i, ++at_)
    if (ends(*at_))
      return;
  while (end_ - at_ >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at_, sizeof word);
    // No character of a number is below `!`, as blanks are.
    if ((zero_bytes(word ^ (each_byte * ',')) | zero_bytes(word ^ (each_byte * '}'))
         | zero_bytes(word ^ (each_byte * ']')) | ((word - each_byte * '!') & ~word & high_bits))
        != 0)
      break;
    at_ += 8;
  }
  while (at_ < end_ && !ends(*at_))
    ++at_;
}

void raw_json::skip_value() noexcept {
  if (at_ >= end_)
    return;
  const char c = *at_;
  if (c == '"') {
    at_ = behind_string(at_ + 1, end_);
  } else if (c != '{' && c != '[') {
    skip_scalar();
  } else {
    ++at_;
    pass(0);
  }
}

/// From within an object or array: to behind its end, or to behind so many of its commas, which is
/// true. Most values are short; only behind so many characters blocks are worth it.
bool raw_json::pass(size_t commas) noexcept {
  constexpr ptrdiff_t short_value = 32;
  walk state;
  state.commas = commas;
  const auto walk_to = [&](const char* stop) {
    while (at_ < stop) {
      const auto x = marks[static_cast<unsigned char>(*at_++)];
      if (x == mark::quote)
        at_ = behind_string(at_, end_);
      else if (x != mark::none && !state.take(x))
        return true;
    }
    return false;
  };
  bool ended = walk_to(end_ - at_ > short_value ? at_ + short_value : end_);
#if defined(__SSE2__)
  if (!ended)
    at_ = walk_blocks(at_, end_, state, ended);
#endif
  if (!ended)
    walk_to(end_);
  return state.reached;
}

raw_kind raw_json::kind() noexcept {
  skip_blanks();
  return raw_kind_of({at_, static_cast<size_t>(end_ - at_)});
}

std::string_view raw_json::value() noexcept {
  skip_blanks();
  const auto* begin = at_;
  skip_value();
  return {begin, static_cast<size_t>(at_ - begin)};
}

bool raw_json::enter() noexcept {
  const auto what = kind();
  if (what != raw_kind::object && what != raw_kind::array)
    return false;
  ++at_;
  return true;
}

bool raw_json::next_name(std::string_view& raw) noexcept {
  bool escaped = false;
  return next_name(raw, escaped);
}

bool raw_json::next_name(std::string_view& raw, bool& escaped) noexcept {
  escaped = false;
  while (at_ < end_ && is_one_of(*at_, blank | separator))
    ++at_;
  if (at_ >= end_ || *at_ != '"') {
    at_ += at_ < end_ ? 1 : 0;
    return false;
  }
  const auto* begin = at_ + 1;
  const auto* last = closing_quote(begin, end_, escaped);
  raw = {begin, static_cast<size_t>(last - begin)};
  at_ = last < end_ ? last + 1 : end_;
  while (at_ < end_ && is_one_of(*at_, blank | colon))
    ++at_;
  return at_ < end_;
}

bool raw_json::next_item() noexcept {
  while (at_ < end_ && is_one_of(*at_, blank | separator))
    ++at_;
  if (at_ >= end_)
    return false;
  if (*at_ != ']' && *at_ != '}')
    return true;
  ++at_;
  return false;
}

bool raw_json::skip_items(size_t n) noexcept {
  if (!next_item())
    return false;
  return n == 0 || (pass(n) && next_item());
}

void raw_json::leave() noexcept {
  pass(0);
}

} // namespace carillon
