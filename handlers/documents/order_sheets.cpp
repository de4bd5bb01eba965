#include "handlers/documents/order_sheets.hpp"

#include "base/crypto/sha256.hpp"

namespace carillon {

namespace {

std::string key_of(const event& x) {
  return "order_sheet/" + std::to_string(x.seq);
}

} // namespace

expected<order_sheets::sheet> order_sheets::find(const event& x) const {
  auto row = access_.find_document({.key = key_of(x)});
  if (!row)
    return row.error();
  auto bytes = store_.read(*row);
  if (!bytes)
    return bytes.error();
  return sheet{std::move(*row), std::move(*bytes)};
}

expected<order_sheets::sheet> order_sheets::sheet_of(const event& x) const {
  auto row = access_.find_document({.key = key_of(x)});
  if (!row && row.error().code != ec::not_found)
    return row.error();
  if (row)
    if (auto bytes = store_.read(*row))
      return sheet{std::move(*row), std::move(*bytes)};
  if (!fonts_)
    return fonts_.error();
  auto bytes = render_order_sheet(x, *fonts_);
  if (!bytes)
    return bytes.error();
  if (row) {
    // The file is gone or damaged. The same event gives the same bytes, unless the fonts or this
    // program have changed since: then the row cannot be served, but the sheet can be sent.
    if (sha256_hex(*bytes) == row->sha256)
      if (auto written = store_.write(row->sha256, *bytes); !written)
        return written.error();
    return sheet{std::move(*row), std::move(*bytes)};
  }
  document made{.key = key_of(x),
                .kind = "order_sheet",
                .company_id = x.company_id,
                .user_id = x.user_id,
                .event_seq = x.seq,
                .file_name = order_sheet_file_name(x)};
  auto kept = store_.keep(std::move(made), *bytes, access_.add_document);
  if (!kept)
    return kept.error();
  return sheet{std::move(*kept), std::move(*bytes)};
}

} // namespace carillon
