#pragma once

#include "handlers/documents/order_sheet.hpp"
#include "handlers/documents/shaped_text.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Writes lines of text into pages of A4, from the top down. Units are points, 1/72 inch; `x`
/// counts from the left edge. Texts are UTF-8. Without a usable font it writes nothing.
class pdf_page_writer {
public:
  static constexpr float width = 595.0F;
  static constexpr float height = 842.0F;
  static constexpr float margin = 50.0F;

  enum class face : uint8_t { regular, bold };
  enum class side : uint8_t { left, right };

  /// Opens the document and its first page.
  explicit pdf_page_writer(const sheet_fonts& fonts);

  /// Moves down; begins a page if less than `needed` is left. True if it began one.
  bool advance(float by, float needed = 0);

  /// Writes at the current line; `right` ends at `x`.
  void text(float x, face what, float size, std::string_view text, side aligned = side::left);

  /// A line across the page.
  void rule();

  /// The text in lines of at most this width, broken at blanks or else anywhere; at most `lines`,
  /// of which the last one then ends with "…".
  std::vector<std::string> wrapped(std::string_view text, face what, float size, float limit,
                                   size_t lines);

  /// Writes `before` and the number of each page at its foot, ends the document and returns its
  /// bytes.
  expected<std::string> finish(std::string_view before, timestamp made);

private:
  const font_list& list_of(face what) const noexcept {
    return what == face::bold ? bold_ : regular_;
  }
  bool failed() const noexcept {
    return regular_.empty() || bold_.empty();
  }
  pdf_font* opened(const std::string& file);
  void write(std::string& page, float x, float y, face what, float size, std::string_view text,
             side aligned);
  std::string fonts_into(pdf_file& file, bool& ok) const;

  /// By file, in the order of their first use.
  std::vector<std::pair<std::string, std::unique_ptr<pdf_font>>> fonts_;
  font_list regular_;
  font_list bold_;
  /// Drawing operators of each page.
  std::vector<std::string> pages_;
  float y_ = 0;
};

} // namespace carillon
