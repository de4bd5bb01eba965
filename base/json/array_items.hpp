#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

/// True if the first character of a JSON text, after blanks, begins an array.
bool begins_array(std::string_view text) noexcept;

/// Cuts the items out of the text of a JSON array, by quotes and brackets alone: the parser of an
/// item tells whether it is JSON. The text outlives this object. One thread.
class array_items {
public:
  struct item {
    /// Without blanks around it.
    std::string_view text;
    /// Its first byte, from the begin of the array's text.
    size_t begin = 0;
    /// Of nesting.
    size_t levels = 0;
  };

  /// @param what the items are, for people: `events`
  array_items(std::string_view array, std::string what) : text_(array), what_(std::move(what)) {
  }

  /// The first item, or, after `more` was true, the one that follows. Errors: `malformed_json`,
  /// `invalid_argument` (no array, or an empty one).
  expected<item> next();

  /// Behind an item: true if another one follows. Errors: `malformed_json`.
  expected<bool> more();

private:
  void skip_blanks() noexcept;
  expected<void> begin();

  std::string_view text_;
  std::string what_;
  size_t at_ = 0;
  bool begun_ = false;
};

} // namespace carillon
