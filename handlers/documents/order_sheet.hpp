#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <string>
#include <vector>

namespace carillon {

/// TrueType files. What a document uses of them is put into it.
struct sheet_fonts {
  std::string regular;
  std::string bold;
  /// For characters that those lack, in this order.
  std::vector<std::string> others = {};
};

/// Whether a sheet can be written with it: a TrueType font that can be read. Errors:
/// `invalid_argument`, with the file.
expected<void> check_document_font(const std::string& file);

/// DejaVu Sans where distributions put it (Debian: package fonts-dejavu-core). Without the bold
/// cut, the regular one is taken for it. Errors: `not_found`, which says what to install.
expected<sheet_fonts> find_sheet_fonts();

/// Most items on a sheet; what is beyond is counted in a line of its own.
inline constexpr size_t max_sheet_items = 2'000;

/// The order sheet of an `order.created` event as a PDF in A4: number, company, customer, time,
/// status, items, total; some 15 KB. The same event and fonts give the same bytes. Texts are
/// written in the direction of their script, joined as it is; characters that no font has are
/// boxes, but can be searched for and copied. Errors: `internal` (a font cannot be used, no
/// memory). Any thread.
expected<std::string> render_order_sheet(const event& x, const sheet_fonts& fonts);

/// What a download of it is called, `order-<id>.pdf`; ASCII.
std::string order_sheet_file_name(const event& x);

} // namespace carillon
