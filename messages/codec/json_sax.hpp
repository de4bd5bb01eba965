#pragma once

#include "messages/codec/payload_view.hpp"
#include "messages/events/event.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace carillon {

/// Parse flags for untrusted input: iteratively (no stack to exhaust), numbers as text (their kind
/// and range matter, not their value). UTF-8 is checked beforehand for the whole text, which is
/// faster than RapidJSON's check of each character.
inline constexpr unsigned json_flags
  = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;

/// Kind of a JSON number by its text; `null` if it is out of the range of a double, or of 64 bits
/// for an integer that is needed as one.
json_kind number_kind(std::string_view text) noexcept;

/// Checks the structure of a text while it is parsed: its depth, and duplicate names in one object
/// at any depth. Reused for many texts.
class json_guard {
public:
  json_guard();

  void reset() noexcept;

  /// An object or array opens; false past 64 levels.
  bool open(bool is_object);

  /// A name in the innermost object; false if it occurred before.
  bool name(std::string_view x);

  void close();

  size_t depth() const noexcept {
    return frames_.size();
  }

private:
  struct frame {
    size_t first = 0;
    bool is_object = false;
  };

  /// Key of `many_`: mixed with the depth, so that one set serves every large object that is open,
  /// and with a secret, so that a client cannot choose names that fall into one bucket.
  uint64_t salted(uint64_t hash) const noexcept;

  uint64_t salt_;
  std::vector<frame> frames_;
  /// Hashes of the names of all open objects.
  std::vector<uint64_t> names_;
  /// Takes over for objects with many names; cleared when they close.
  std::unordered_set<uint64_t> many_;
};

} // namespace carillon
