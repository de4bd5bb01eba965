#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Identifies a list: a cursor is valid only for the list that made it. The same in every process
/// (FNV-1a), so that a cursor outlives a restart.
class list_hash {
public:
  /// Adds a part; parts are delimited.
  void add(std::string_view part) noexcept;

  uint64_t value() const noexcept {
    return state_;
  }

private:
  void add(unsigned char byte) noexcept;

  uint64_t state_ = 0xcbf29ce484222325U;
};

/// Cursor of a list, as opaque text: base64url (RFC 4648 section 5, without padding) of a version
/// byte, the number and the hash of the list.
std::string make_cursor(uint64_t number, uint64_t list);

/// Inverse of `make_cursor`. Errors: `invalid_argument` (field `cursor`) for anything
/// else and for a cursor of another list.
expected<uint64_t> read_cursor(std::string_view text, uint64_t list);

/// The same for a list whose cursor is a text.
std::string make_text_cursor(std::string_view beyond, uint64_t list);
expected<std::string> read_text_cursor(std::string_view text, uint64_t list);

} // namespace carillon
