#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <string>
#include <vector>

namespace carillon {

/// TrueType files. A document embeds the glyphs that it uses.
struct sheet_fonts {
  std::string regular;
  std::string bold;
  /// For characters that those lack, in this order.
  std::vector<std::string> others = {};
};

/// Checks that the file is a readable TrueType font. Errors: `invalid_argument`, with the file.
expected<void> check_document_font(const std::string& file);

/// DejaVu Sans where distributions put it (Debian: package fonts-dejavu-core). Without the bold
/// face, the regular one replaces it. Errors: `not_found`, which says what to install.
expected<sheet_fonts> find_sheet_fonts();

/// Most items on a sheet; a separate line counts the others.
inline constexpr size_t max_sheet_items = 2'000;

/// The order sheet of an `order.created` event as a PDF in A4: number, company, customer, time,
/// status, items, total; some 15 KB. The same event and fonts give the same bytes. Texts are
/// written in the direction of their script, with its ligatures; characters missing in all fonts
/// are boxes, but can be searched for and copied. Errors: `internal` (a font cannot be used, no
/// memory). Any thread.
expected<std::string> render_order_sheet(const event& x, const sheet_fonts& fonts);

/// File name of its download, `order-<id>.pdf`; ASCII.
std::string order_sheet_file_name(const event& x);

} // namespace carillon
