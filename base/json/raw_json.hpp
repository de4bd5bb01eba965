#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon {

// Walks a text that is JSON already, in one pass and without copies: each value is a piece of the
// text, so that no digit of a number is lost. A text that is no JSON gives fewer values, and is
// never read beyond its end. Any thread.

/// What a value is, by its first character.
enum class raw_kind : uint8_t { missing, null, boolean, number, string, array, object };

/// `missing` for an empty text.
raw_kind raw_kind_of(std::string_view value) noexcept;

/// A place in such a text.
class raw_json {
public:
  /// @param text outlives this
  explicit raw_json(std::string_view text) noexcept
    : at_(text.data()), end_(text.data() + text.size()) {
  }

  /// The kind of the value that begins here, after blanks.
  raw_kind kind() noexcept;

  /// Takes the value that begins here.
  std::string_view value() noexcept;

  /// Enters the object or array that begins here; false, and no move, if there is none.
  bool enter() noexcept;

  /// Takes the next name of the object, as it stands between its quotes. False at the end of the
  /// object, which is then left.
  bool next_name(std::string_view& raw) noexcept;

  /// The same, and whether the name has escapes.
  bool next_name(std::string_view& raw, bool& escaped) noexcept;

  /// True if the array has another element, which begins here. False at its end, which is then
  /// left.
  bool next_item() noexcept;

  /// Skips the next `n` elements of the array, as so many calls of `next_item` and `value` would,
  /// in less time. Another element begins here if it is true; false at the end of the array, which
  /// is then left.
  bool skip_items(size_t n) noexcept;

  /// Skips the rest of the object or array.
  void leave() noexcept;

private:
  void skip_blanks() noexcept;
  void skip_value() noexcept;
  void skip_scalar() noexcept;
  bool pass(size_t commas) noexcept;

  const char* at_;
  const char* end_;
};

} // namespace carillon
