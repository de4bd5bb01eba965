#include "handlers/documents/pdf_page_writer.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace carillon {

namespace {

/// UTF-8 of one line.
std::string printable(std::string_view text) {
  auto out = as_utf8(text);
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7f)
      c = ' ';
  return out;
}

/// Begin of each character, and the end of the last one.
std::vector<size_t> begins_of(std::string_view text) {
  std::vector<size_t> out;
  for (size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U)
      out.push_back(i);
  out.push_back(text.size());
  return out;
}

/// The first characters of the text that are no wider than the limit, at least one.
size_t fitting(const std::vector<double>& widths, double limit) {
  size_t count = 0;
  for (double width = 0; count < widths.size(); ++count) {
    width += widths[count];
    if (width > limit)
      break;
  }
  return std::max<size_t>(count, 1);
}

/// Draws glyphs of one font one after the other: codes, with adjustments between them.
class glyph_writer {
public:
  explicit glyph_writer(std::string& out) : out_(out) {
  }

  void draw(const shaped_glyph& x, double nominal) {
    if (x.y_offset != rise_) {
      flush();
      rise_ = x.y_offset;
      out_ += pdf_number(rise_ * size_ / 1'000.0) + " Ts\n";
    }
    move(x.x_offset);
    append_hex(codes_, x.code);
    move(x.advance - nominal - x.x_offset);
  }

  void use(const std::string& name, double size) {
    flush();
    size_ = size;
    out_ += '/' + name + ' ' + pdf_number(size) + " Tf\n";
  }

  void flush() {
    if (!codes_.empty() || !parts_.empty())
      out_ += '[' + parts_ + '<' + codes_ + ">] TJ\n";
    parts_.clear();
    codes_.clear();
  }

  /// The next line begins at the present position.
  void end() {
    flush();
    if (rise_ != 0)
      out_ += "0 Ts\n";
    rise_ = 0;
  }

private:
  void move(double by) {
    if (std::abs(by) < 0.5)
      return;
    parts_ += '<' + codes_ + "> " + pdf_number(-by) + ' ';
    codes_.clear();
  }

  std::string& out_;
  std::string parts_;
  std::string codes_;
  double size_ = 0;
  double rise_ = 0;
};

} // namespace

pdf_page_writer::pdf_page_writer(const sheet_fonts& fonts) {
  auto* regular = opened(fonts.regular);
  auto* bold = opened(fonts.bold);
  if (regular == nullptr || bold == nullptr)
    return;
  regular_ = {regular};
  bold_ = {bold, regular};
  for (const auto& file : fonts.others)
    if (auto* other = opened(file)) {
      regular_.push_back(other);
      bold_.push_back(other);
    }
  pages_.emplace_back();
  y_ = height - margin;
}

pdf_font* pdf_page_writer::opened(const std::string& file) {
  for (const auto& [name, font] : fonts_)
    if (name == file)
      return font.get();
  auto font = pdf_font::open(file);
  if (font == nullptr)
    return nullptr;
  return fonts_.emplace_back(file, std::move(font)).second.get();
}

bool pdf_page_writer::advance(float by, float needed) {
  y_ -= by;
  // The foot has its own line.
  if (failed() || y_ - needed >= margin + 20)
    return false;
  pages_.emplace_back();
  y_ = height - margin;
  return true;
}

void pdf_page_writer::write(std::string& page, float x, float y, face what, float size,
                            std::string_view text, side aligned) {
  const auto& fonts = list_of(what);
  auto glyphs = shape(characters_of(printable(text)), fonts);
  if (glyphs.empty())
    return;
  double left = x;
  if (aligned == side::right)
    for (const auto& glyph : glyphs)
      left -= glyph.advance * size / 1'000.0;
  page += "BT\n" + pdf_number(left) + ' ' + pdf_number(y) + " Td\n";
  glyph_writer out{page};
  const pdf_font* used = nullptr;
  for (const auto& glyph : glyphs) {
    auto* font = fonts[glyph.font];
    if (font != used) {
      auto at = std::find_if(fonts_.begin(), fonts_.end(),
                             [&](const auto& entry) { return entry.second.get() == font; });
      out.use("F" + std::to_string(at - fonts_.begin()), size);
      used = font;
    }
    out.draw(glyph, font->width_of(glyph.code));
  }
  out.end();
  page += "ET\n";
}

void pdf_page_writer::text(float x, face what, float size, std::string_view text, side aligned) {
  if (!failed())
    write(pages_.back(), x, y_, what, size, text, aligned);
}

void pdf_page_writer::rule() {
  if (failed())
    return;
  auto y = ' ' + pdf_number(y_) + ' ';
  pages_.back()
    += "0.5 w\n" + pdf_number(margin) + y + "m\n" + pdf_number(width - margin) + y + "l S\n";
}

std::vector<std::string> pdf_page_writer::wrapped(std::string_view text, face what, float size,
                                                  float limit, size_t lines) {
  std::vector<std::string> out;
  const double most = limit * 1'000.0 / size;
  auto rest = failed() ? std::string{} : printable(text);
  while (!rest.empty()) {
    auto begins = begins_of(rest);
    auto widths = widths_of(characters_of(rest), list_of(what));
    auto count = fitting(widths, most);
    const bool last = out.size() + 1 == lines;
    if (last && count < widths.size()) {
      auto dots = widths_of(U"…", list_of(what));
      count = fitting(widths, most - std::accumulate(dots.begin(), dots.end(), 0.0));
      out.push_back(rest.substr(0, begins[count]) + "…");
      break;
    }
    auto line = rest.substr(0, begins[count]);
    // A blank behind the line counts as a break, too.
    if (count < widths.size() && rest[begins[count]] != ' ')
      if (auto blank = line.rfind(' '); blank != std::string::npos && blank > 0)
        line.resize(blank);
    rest.erase(0, line.size());
    rest.erase(0, std::min(rest.find_first_not_of(' '), rest.size()));
    out.push_back(std::move(line));
  }
  return out;
}

/// The dictionary of the pages' fonts.
std::string pdf_page_writer::fonts_into(pdf_file& file, bool& ok) const {
  std::string out = "<<";
  for (size_t i = 0; i < fonts_.size(); ++i) {
    const auto& font = *fonts_[i].second;
    if (!font.is_used())
      continue;
    auto number = file.reserve();
    // Six capitals that differ for each font.
    auto tag = "CARIL" + std::string(1, static_cast<char>('A' + i % 26));
    ok &= font.put(file, number, tag);
    out += "/F" + std::to_string(i) + ' ' + pdf_reference(number) + ' ';
  }
  return out + ">>";
}

expected<std::string> pdf_page_writer::finish(std::string_view before, timestamp made) {
  const failure broken{ec::internal, "an order sheet cannot be made; are its fonts whole?", {}};
  if (failed())
    return broken;
  for (size_t i = 0; i < pages_.size(); ++i) {
    auto line = printable(before) + "page " + std::to_string(i + 1) + " of "
                + std::to_string(pages_.size());
    write(pages_[i], width - margin, margin, face::regular, 8, line, side::right);
  }
  pdf_file file;
  auto root = file.reserve();
  auto tree = file.reserve();
  auto info = file.reserve();
  bool ok = true;
  auto fonts = fonts_into(file, ok);
  if (!ok)
    return broken;
  std::string kids;
  for (const auto& page : pages_) {
    auto number = file.reserve();
    auto content = file.reserve();
    file.put_stream(content, "", page);
    file.put(number, "<</Type /Page /Parent " + pdf_reference(tree) + " /Contents "
                       + pdf_reference(content) + ">>");
    kids += pdf_reference(number) + ' ';
  }
  file.put(tree, "<</Type /Pages /Count " + std::to_string(pages_.size()) + " /Kids [" + kids
                   + "] /MediaBox [0 0 " + pdf_number(width) + ' ' + pdf_number(height)
                   + "] /Resources <</Font " + fonts + ">>>>");
  file.put(root, "<</Type /Catalog /Pages " + pdf_reference(tree) + ">>");
  file.put(info, "<</Producer (Carillon) /CreationDate " + pdf_date(made) + ">>");
  return file.finish(root, info);
}

} // namespace carillon
