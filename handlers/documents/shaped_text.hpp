#pragma once

#include "handlers/documents/pdf_font.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A glyph of a line; measures are in thousandths of the font's size.
struct shaped_glyph {
  /// Index into the fonts.
  size_t font = 0;
  uint16_t code = 0;
  double advance = 0;
  double x_offset = 0;
  double y_offset = 0;
  /// The first of the characters that it represents.
  size_t character = 0;
};

/// Fonts of a style; the first one with a character draws it.
using font_list = std::vector<pdf_font*>;

/// The glyphs of a line from left to right: characters in Unicode's order for mixed directions (UAX
/// #9, by FriBidi), shaped by the rules of their scripts (by HarfBuzz). Characters missing in all
/// fonts become the box of the first one.
std::vector<shaped_glyph> shape(const std::u32string& text, const font_list& fonts);

/// Of text that is UTF-8.
std::u32string characters_of(std::string_view text);

/// The width of each character of a line, in thousandths of the font's size.
std::vector<double> widths_of(const std::u32string& text, const font_list& fonts);

} // namespace carillon
