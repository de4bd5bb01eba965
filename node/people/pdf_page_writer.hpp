#pragma once

#include "node/people/order_sheet.hpp"

#include <hpdf.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Writes lines of text into pages of A4, from the top down. Units are points, 1/72 inch; `x`
/// counts from the left edge. Texts are UTF-8. After a fault it writes nothing more.
class pdf_page_writer {
public:
  static constexpr float width = 595.0F;
  static constexpr float height = 842.0F;
  static constexpr float margin = 50.0F;

  enum class face : uint8_t { regular, bold };
  enum class side : uint8_t { left, right };

  /// Opens the document and its first page.
  explicit pdf_page_writer(const sheet_fonts& fonts);

  /// Goes down; begins a page if less than `needed` is left. True if it did.
  bool advance(float by, float needed = 0);

  /// Writes at the current line; `right` ends at `x`.
  void text(float x, face what, float size, std::string_view text, side aligned = side::left);

  /// A line across the page.
  void rule();

  /// The text in lines of at most this width, broken at blanks or else anywhere; at most `lines`,
  /// of which the last one then ends with "…".
  std::vector<std::string> wrapped(std::string_view text, face what, float size, float limit,
                                   size_t lines);

  /// Writes `before` and the number of each page at its foot, ends the document and gives its
  /// bytes.
  expected<std::string> finish(std::string_view before, timestamp made);

private:
  struct deleter {
    void operator()(HPDF_Doc x) const noexcept {
      HPDF_Free(x);
    }
  };

  void begin_page();
  float width_of(const std::string& text, face what, float size);
  HPDF_Font font_of(face what) const noexcept {
    return what == face::bold ? bold_ : regular_;
  }
  bool failed() const noexcept;

  std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, deleter> doc_;
  HPDF_Font regular_ = nullptr;
  HPDF_Font bold_ = nullptr;
  std::vector<HPDF_Page> pages_;
  float y_ = 0;
};

} // namespace carillon
