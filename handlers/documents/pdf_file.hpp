#pragma once

#include "messages/events/event.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The objects of a PDF file (ISO 32000-1, version 1.5), numbered from 1, and their cross-reference
/// table. The same objects give the same bytes.
class pdf_file {
public:
  /// The number of an object that is put later.
  size_t reserve();

  /// The text after `obj`, such as `<</Type /Pages …>>`.
  void put(size_t number, std::string text);

  /// A compressed stream; `entries` are those of its dictionary besides length and filter.
  void put_stream(size_t number, std::string_view entries, std::string_view bytes);

  /// The whole file.
  std::string finish(size_t root, size_t info) const;

private:
  std::vector<std::string> objects_;
};

/// A reference to an object, such as `3 0 R`.
std::string pdf_reference(size_t number);

/// A number in PDF syntax: no exponent, at most three decimals.
std::string pdf_number(double x);

/// A time as `(D:20261123222301Z)`.
std::string pdf_date(timestamp x);

/// Two bytes as four hexadecimal digits.
void append_hex(std::string& out, uint16_t x);

/// A character beyond the first 65,536 is a surrogate pair.
void append_utf16_hex(std::string& out, char32_t x);

} // namespace carillon
