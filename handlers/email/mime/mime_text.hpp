#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace carillon {

// Texts in the formats of mail. Input is UTF-8; invalid bytes become U+FFFD. Output is ASCII.

/// True if it holds a control character (U+0000–U+001F, U+007F), and so may not be in a header.
bool has_control_character(std::string_view x) noexcept;

/// Appends a header field of unstructured text with its CRLF, folded (RFC 5322 section 2.2.3). Text
/// that is not ASCII, or could be mistaken for an encoded word, becomes encoded words (RFC 2047).
/// `value` has no control characters, `name` 1–48 bytes.
void append_text_field(std::string& out, std::string_view name, std::string_view value);

/// A display name as a phrase: a quoted string, or encoded words that are folded already. It begins
/// at this column, ≤ 50.
std::string phrase_of(std::string_view name, size_t column);

/// Appends `; filename=…`, or its continuations and percent-encoding (RFC 2231 sections 3 and 4).
void append_file_name(std::string& out, std::string_view name);

/// Appends a text with CRLF line ends as quoted-printable (RFC 2045 section 6.7): no line is
/// longer than 76, begins with a dot, or ends with white space.
void append_quoted_printable(std::string& out, std::string_view text);

/// Appends base64 in lines of 76 (RFC 2045 section 6.8), each with its CRLF.
void append_base64_lines(std::string& out, std::string_view bytes);

/// The text with CRLF for each of CR LF, CR and LF.
std::string with_crlf(std::string_view text);

/// `Mon, 23 Nov 2026 22:23:01 +0000` (RFC 5322 section 3.3).
std::string mail_date(timestamp t);

} // namespace carillon
