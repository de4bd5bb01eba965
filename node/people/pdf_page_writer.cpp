#include "node/people/pdf_page_writer.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <chrono>

namespace carillon {

namespace {

/// What the font format can hold: characters of four bytes have no place in it.
std::string printable(std::string_view text) {
  auto clean = as_utf8(text);
  std::string out;
  for (size_t at = 0; at < clean.size();) {
    auto lead = static_cast<unsigned char>(clean[at]);
    size_t size = lead < 0x80U ? 1 : lead < 0xe0U ? 2 : lead < 0xf0U ? 3 : 4;
    if (size == 4)
      out += "\xef\xbf\xbd";
    else if (lead < 0x20U || lead == 0x7fU)
      out += ' ';
    else
      out += clean.substr(at, size);
    at += size;
  }
  return out;
}

/// Bytes of the last character.
size_t last_bytes(const std::string& x) noexcept {
  size_t size = 1;
  while (size < x.size() && (static_cast<unsigned char>(x[x.size() - size]) & 0xc0U) == 0x80U)
    ++size;
  return size;
}

HPDF_Font load(HPDF_Doc doc, const std::string& file) {
  const auto* name = HPDF_LoadTTFontFromFile(doc, file.c_str(), HPDF_TRUE);
  return name == nullptr ? nullptr : HPDF_GetFont(doc, name, "UTF-8");
}

HPDF_Date date_of(timestamp x) {
  using namespace std::chrono;
  auto day = floor<days>(x);
  year_month_day date{day};
  hh_mm_ss time{floor<seconds>(x - day)};
  HPDF_Date out{};
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(time.hours().count());
  out.minutes = static_cast<int>(time.minutes().count());
  out.seconds = static_cast<int>(time.seconds().count());
  out.ind = 'Z';
  return out;
}

} // namespace

// Without a handler, libharu notes errors and refuses what follows; an exception must not pass
// through its C code.
pdf_page_writer::pdf_page_writer(const sheet_fonts& fonts) : doc_(HPDF_New(nullptr, nullptr)) {
  if (doc_ == nullptr)
    return;
  HPDF_SetCompressionMode(doc_.get(), HPDF_COMP_ALL);
  HPDF_UseUTFEncodings(doc_.get());
  regular_ = load(doc_.get(), fonts.regular);
  bold_ = fonts.bold == fonts.regular ? regular_ : load(doc_.get(), fonts.bold);
  if (!failed())
    begin_page();
}

bool pdf_page_writer::failed() const noexcept {
  return doc_ == nullptr || regular_ == nullptr || bold_ == nullptr
         || HPDF_GetError(doc_.get()) != HPDF_OK;
}

void pdf_page_writer::begin_page() {
  auto* page = HPDF_AddPage(doc_.get());
  if (page == nullptr)
    return;
  HPDF_Page_SetWidth(page, width);
  HPDF_Page_SetHeight(page, height);
  HPDF_Page_SetLineWidth(page, 0.5F);
  pages_.push_back(page);
  y_ = height - margin;
}

bool pdf_page_writer::advance(float by, float needed) {
  y_ -= by;
  // The foot has its own line.
  if (failed() || y_ - needed >= margin + 20)
    return false;
  begin_page();
  return true;
}

float pdf_page_writer::width_of(const std::string& text, face what, float size) {
  auto out = HPDF_Font_TextWidth(font_of(what), reinterpret_cast<const HPDF_BYTE*>(text.c_str()),
                                 static_cast<HPDF_UINT>(text.size()));
  return static_cast<float>(out.width) * size / 1'000.0F;
}

void pdf_page_writer::text(float x, face what, float size, std::string_view text, side aligned) {
  if (failed() || pages_.empty() || text.empty())
    return;
  auto line = printable(text);
  auto* page = pages_.back();
  if (aligned == side::right)
    x -= width_of(line, what, size);
  HPDF_Page_BeginText(page);
  HPDF_Page_SetFontAndSize(page, font_of(what), size);
  HPDF_Page_TextOut(page, x, y_, line.c_str());
  HPDF_Page_EndText(page);
}

void pdf_page_writer::rule() {
  if (failed() || pages_.empty())
    return;
  auto* page = pages_.back();
  HPDF_Page_MoveTo(page, margin, y_);
  HPDF_Page_LineTo(page, width - margin, y_);
  HPDF_Page_Stroke(page);
}

std::vector<std::string> pdf_page_writer::wrapped(std::string_view text, face what, float size,
                                                  float limit, size_t lines) {
  std::vector<std::string> out;
  auto rest = printable(text);
  while (!rest.empty() && !failed()) {
    auto line = rest;
    while (width_of(line, what, size) > limit && line.size() > last_bytes(line)) {
      auto blank = line.rfind(' ');
      line.resize(blank != std::string::npos && blank > 0 ? blank : line.size() - last_bytes(line));
    }
    rest.erase(0, line.size());
    rest.erase(0, std::min(rest.find_first_not_of(' '), rest.size()));
    if (out.size() + 1 == lines && !rest.empty()) {
      while (width_of(line + "…", what, size) > limit && line.size() > last_bytes(line))
        line.resize(line.size() - last_bytes(line));
      rest.clear();
      line += "…";
    }
    out.push_back(std::move(line));
  }
  return out;
}

expected<std::string> pdf_page_writer::finish(std::string_view before, timestamp made) {
  const failure broken{ec::internal, "an order sheet cannot be made; are its fonts whole?", {}};
  auto total = std::to_string(pages_.size());
  for (size_t i = 0; i < pages_.size() && !failed(); ++i) {
    auto* page = pages_[i];
    auto line = printable(before) + "page " + std::to_string(i + 1) + " of " + total;
    HPDF_Page_BeginText(page);
    HPDF_Page_SetFontAndSize(page, regular_, 8);
    HPDF_Page_TextOut(page, width - margin - width_of(line, face::regular, 8), margin,
                      line.c_str());
    HPDF_Page_EndText(page);
  }
  if (failed())
    return broken;
  HPDF_SetInfoDateAttr(doc_.get(), HPDF_INFO_CREATION_DATE, date_of(made));
  if (HPDF_SaveToStream(doc_.get()) != HPDF_OK)
    return broken;
  std::string out(HPDF_GetStreamSize(doc_.get()), '\0');
  auto size = static_cast<HPDF_UINT32>(out.size());
  HPDF_ResetStream(doc_.get());
  HPDF_ReadFromStream(doc_.get(), reinterpret_cast<HPDF_BYTE*>(out.data()), &size);
  if (size != out.size() || out.empty())
    return broken;
  return out;
}

} // namespace carillon
