#include "net/cursor.hpp"

#include "base/text/base64.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace carillon {

namespace {

constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned char version = 1;
/// Version, number, hash; and a byte 0, so that the text has no unused bits.
constexpr size_t raw_bytes = 18;
constexpr size_t text_bytes = raw_bytes / 3 * 4;

using raw_cursor = std::array<unsigned char, raw_bytes>;

void put(raw_cursor& out, size_t at, uint64_t x) {
  for (size_t i = 0; i < 8; ++i)
    out.at(at + i) = static_cast<unsigned char>(x >> (56 - 8 * i));
}

uint64_t get(const raw_cursor& in, size_t at) {
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i)
    out = out << 8U | in.at(at + i);
  return out;
}

std::optional<raw_cursor> decode(std::string_view text) {
  if (text.size() != text_bytes)
    return std::nullopt;
  raw_cursor out{};
  for (size_t i = 0; i < text_bytes; i += 4) {
    uint32_t bits = 0;
    for (auto c : text.substr(i, 4)) {
      auto digit = alphabet.find(c);
      if (digit == std::string_view::npos)
        return std::nullopt;
      bits = bits << 6U | static_cast<uint32_t>(digit);
    }
    for (size_t j = 0; j < 3; ++j)
      out.at(i / 4 * 3 + j) = static_cast<unsigned char>(bits >> (16 - 8 * j));
  }
  return out;
}

uint64_t hash_of(std::string_view text) noexcept {
  list_hash out;
  out.add(text);
  return out.value();
}

} // namespace

void list_hash::add(unsigned char byte) noexcept {
  state_ = (state_ ^ byte) * 0x100000001b3U;
}

void list_hash::add(std::string_view part) noexcept {
  for (size_t i = 0; i < 4; ++i)
    add(static_cast<unsigned char>(part.size() >> (8 * i)));
  for (auto c : part)
    add(static_cast<unsigned char>(c));
}

std::string make_cursor(uint64_t number, uint64_t list) {
  raw_cursor raw{};
  raw.front() = version;
  put(raw, 1, number);
  put(raw, 9, list);
  std::string out;
  out.reserve(text_bytes);
  for (size_t i = 0; i < raw_bytes; i += 3) {
    auto bits = static_cast<uint32_t>(raw.at(i) << 16 | raw.at(i + 1) << 8 | raw.at(i + 2));
    for (unsigned shift : {18U, 12U, 6U, 0U})
      out += alphabet[bits >> shift & 63U];
  }
  return out;
}

expected<uint64_t> read_cursor(std::string_view text, uint64_t list) {
  auto raw = decode(text);
  if (!raw || raw->front() != version || raw->back() != 0)
    return failure{ec::invalid_argument, "this is not a cursor; use a nextCursor unchanged",
                   "cursor"};
  if (get(*raw, 9) != list)
    return failure{ec::invalid_argument,
                   "the cursor belongs to a list with other parameters; begin without one",
                   "cursor"};
  return get(*raw, 1);
}

std::string make_text_cursor(std::string_view beyond, uint64_t list) {
  auto text = to_base64(beyond);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.resize(text.size() - static_cast<size_t>(std::count(text.begin(), text.end(), '=')));
  return make_cursor(hash_of(beyond), list) + text;
}

expected<std::string> read_text_cursor(std::string_view text, uint64_t list) {
  auto hash = read_cursor(text.substr(0, text_bytes), list);
  if (!hash)
    return hash.error();
  std::string rest{text.substr(text_bytes)};
  std::replace(rest.begin(), rest.end(), '-', '+');
  std::replace(rest.begin(), rest.end(), '_', '/');
  rest.append((4 - rest.size() % 4) % 4, '=');
  auto out = from_base64(rest);
  if (!out || hash_of(*out) != *hash)
    return failure{ec::invalid_argument, "this is not a cursor; use a nextCursor unchanged",
                   "cursor"};
  return std::move(*out);
}

} // namespace carillon
