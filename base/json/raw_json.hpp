#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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

  /// True if the array has another element, which begins here. False at its end, which is then
  /// left.
  bool next_item() noexcept;

private:
  void skip_blanks() noexcept;
  void skip_value() noexcept;
  /// The closing quote of a string whose first character is at `from`; the end if there is none.
  const char* end_of_string(const char* from) const noexcept;

  const char* at_;
  const char* end_;
};

/// The text of a string, with or without its quotes, is the value itself: it has no escapes.
bool has_escapes(std::string_view raw) noexcept;

/// The value of a string without its quotes.
std::string unescaped(std::string_view raw);

} // namespace carillon
