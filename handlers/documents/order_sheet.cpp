#include "handlers/documents/order_sheet.hpp"

#include "base/text/plain_text.hpp"
#include "handlers/documents/order_summary.hpp"
#include "handlers/documents/pdf_page_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace carillon {

namespace {

using type_face = pdf_page_writer::face;
using side = pdf_page_writer::side;

constexpr float left = pdf_page_writer::margin;
constexpr float right = pdf_page_writer::width - pdf_page_writer::margin;
constexpr float row = 13;
constexpr float text_size = 9;

/// Begin of columns; for numbers, their end.
constexpr float number_end = left + 24;
constexpr float name_begin = left + 32;
constexpr float name_width = 205;
constexpr float sku_begin = name_begin + name_width + 8;
constexpr float sku_width = 85;
constexpr float quantity_end = right - 120;
constexpr float price_end = right - 62;

std::string time_text(timestamp x) {
  auto out = to_rfc3339(x);
  return out.substr(0, 10) + ' ' + out.substr(11, 5) + " UTC";
}

void write_head(pdf_page_writer& page, const order_summary& order, const event& x) {
  page.advance(10);
  for (const auto& line :
       page.wrapped("Order " + order.order_id, type_face::bold, 18, right - left, 3)) {
    page.text(left, type_face::bold, 18, line);
    page.advance(24);
  }
  const std::array<std::pair<const char*, std::string>, 5> facts{{
    {"Company", order.company_id},
    {"Customer", order.user_id},
    {"Date", time_text(x.time)},
    {"Status", order.status},
    {"Items", order.item_count},
  }};
  for (const auto& [name, value] : facts) {
    if (value.empty())
      continue;
    page.text(left, type_face::bold, 10, name);
    for (const auto& line : page.wrapped(value, type_face::regular, 10, right - left - 80, 3)) {
      page.text(left + 80, type_face::regular, 10, line);
      page.advance(15);
    }
  }
}

void write_columns(pdf_page_writer& page) {
  page.advance(row);
  page.text(number_end, type_face::bold, text_size, "#", side::right);
  page.text(name_begin, type_face::bold, text_size, "Item");
  page.text(sku_begin, type_face::bold, text_size, "SKU");
  page.text(quantity_end, type_face::bold, text_size, "Quantity", side::right);
  page.text(price_end, type_face::bold, text_size, "Price", side::right);
  page.text(right, type_face::bold, text_size, "Total", side::right);
  page.advance(4);
  page.rule();
  page.advance(row);
}

/// A number too wide for its column is cut, so that columns do not overlap.
void write_number(pdf_page_writer& page, float end, float width, const std::string& text) {
  auto lines = page.wrapped(text, type_face::regular, text_size, width, 1);
  if (!lines.empty())
    page.text(end, type_face::regular, text_size, lines.front(), side::right);
}

void write_line(pdf_page_writer& page, size_t number, const order_line& x) {
  auto name = page.wrapped(x.name, type_face::regular, text_size, name_width, 3);
  auto sku = page.wrapped(x.sku, type_face::regular, text_size, sku_width, 3);
  auto rows = std::max({name.size(), sku.size(), size_t{1}});
  if (page.advance(0, row * static_cast<float>(rows)))
    write_columns(page);
  page.text(number_end, type_face::regular, text_size, std::to_string(number), side::right);
  write_number(page, quantity_end, 50, x.quantity);
  write_number(page, price_end, 54, x.price);
  write_number(page, right, 58, x.total);
  for (size_t i = 0; i < rows; ++i) {
    if (i < name.size())
      page.text(name_begin, type_face::regular, text_size, name[i]);
    if (i < sku.size())
      page.text(sku_begin, type_face::regular, text_size, sku[i]);
    page.advance(row);
  }
}

void write_end(pdf_page_writer& page, const order_summary& order) {
  page.advance(0, 4 * row);
  if (order.more > 0) {
    page.text(name_begin, type_face::regular, text_size,
              "and " + std::to_string(order.more) + " further items, which are not on this sheet");
    page.advance(row);
  }
  page.rule();
  page.advance(16);
  auto total = "Total  " + order.total + (order.currency.empty() ? "" : " " + order.currency);
  auto lines = page.wrapped(total, type_face::bold, 11, right - left, 1);
  page.text(right, type_face::bold, 11, lines.empty() ? std::string{} : lines.front(), side::right);
}

} // namespace

expected<sheet_fonts> find_sheet_fonts() {
  for (const std::string directory :
       {"/usr/share/fonts/truetype/dejavu/", "/usr/share/fonts/dejavu-sans-fonts/",
        "/usr/share/fonts/dejavu/", "/usr/share/fonts/TTF/", "/usr/local/share/fonts/"}) {
    sheet_fonts out{directory + "DejaVuSans.ttf", directory + "DejaVuSans-Bold.ttf", {}};
    if (::access(out.regular.c_str(), R_OK) != 0)
      continue;
    if (::access(out.bold.c_str(), R_OK) != 0)
      out.bold = out.regular;
    return out;
  }
  return failure{ec::not_found,
                 "order sheets need the font DejaVu Sans: install the package fonts-dejavu-core",
                 {}};
}

expected<void> check_document_font(const std::string& file) {
  if (pdf_font::open(file) == nullptr)
    return failure{ec::invalid_argument,
                   file + " is no font with TrueType outlines that can be read", "document-font"};
  return {};
}

expected<std::string> render_order_sheet(const event& x, const sheet_fonts& fonts) {
  auto order = summary_of(x, data_of(x), max_sheet_items);
  pdf_page_writer page{fonts};
  write_head(page, order, x);
  // Items that are only counted cannot be listed.
  if (order.item_count.empty())
    write_columns(page);
  for (size_t i = 0; i < order.lines.size(); ++i)
    write_line(page, i + 1, order.lines[i]);
  write_end(page, order);
  auto foot = order.order_id.empty() ? "" : "Order " + one_line(order.order_id, 64) + ", ";
  return page.finish(foot, x.time);
}

std::string order_sheet_file_name(const event& x) {
  auto id = summary_of(x, data_of(x), 0).order_id;
  std::string name;
  for (auto c : id)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')
      name += c;
    else if (!name.ends_with('-'))
      name += '-';
  name.resize(std::min<size_t>(name.size(), 64));
  return "order-" + (name.empty() ? std::to_string(x.seq) : name) + ".pdf";
}

} // namespace carillon
