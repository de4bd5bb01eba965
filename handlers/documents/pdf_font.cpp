#include "handlers/documents/pdf_font.hpp"

#include <hb-ot.h>
#include <hb-subset.h>

#include <algorithm>
#include <array>

namespace carillon {

namespace {

constexpr size_t most_codes = 65'535;

/// A signed number of two bytes in a table of the font.
int16_t number_at(const char* data, size_t at) noexcept {
  auto high = static_cast<unsigned char>(data[at]);
  auto low = static_cast<unsigned char>(data[at + 1]);
  return static_cast<int16_t>(static_cast<uint16_t>(high << 8U) | low);
}

bool has_table(hb_face_t* face, const char* tag) {
  auto* table = hb_face_reference_table(face, hb_tag_from_string(tag, -1));
  auto there = hb_blob_get_length(table) > 0;
  hb_blob_destroy(table);
  return there;
}

} // namespace

std::unique_ptr<pdf_font> pdf_font::open(const std::string& file) {
  auto* blob = hb_blob_create_from_file_or_fail(file.c_str());
  if (blob == nullptr)
    return nullptr;
  std::unique_ptr<pdf_font> out{new pdf_font};
  out->face_.reset(hb_face_create(blob, 0));
  hb_blob_destroy(blob);
  // Only TrueType outlines can be embedded this way.
  if (hb_face_get_glyph_count(out->face_.get()) == 0 || !has_table(out->face_.get(), "glyf"))
    return nullptr;
  out->font_.reset(hb_font_create(out->face_.get()));
  out->units_ = std::max(1U, hb_face_get_upem(out->face_.get()));
  return out;
}

bool pdf_font::has(char32_t x) const noexcept {
  hb_codepoint_t glyph = 0;
  return hb_font_get_nominal_glyph(font_.get(), x, &glyph) != 0;
}

uint16_t pdf_font::code_of(uint32_t glyph, const std::u32string& text) {
  auto [i, added] = known_.try_emplace({glyph, text}, static_cast<uint16_t>(codes_.size()));
  if (!added)
    return i->second;
  if (codes_.size() >= most_codes) {
    i->second = 0;
    return 0;
  }
  codes_.push_back({glyph, text});
  return i->second;
}

double pdf_font::width_of(uint16_t x) const {
  return hb_font_get_glyph_h_advance(font_.get(), codes_[x].glyph) * 1'000.0 / units_;
}

std::string pdf_font::name(const std::string& tag) const {
  std::array<char, 64> text{};
  unsigned size = text.size();
  hb_ot_name_get_utf8(face_.get(), HB_OT_NAME_ID_POSTSCRIPT_NAME, HB_LANGUAGE_INVALID, &size,
                      text.data());
  std::string out = tag + '+';
  for (const auto* c = text.data(); *c != 0; ++c)
    if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')
        || *c == '-')
      out += *c;
  return out;
}

/// The font with the used glyphs only, under their old numbers, without shaping tables.
std::string pdf_font::subset() const {
  auto* input = hb_subset_input_create_or_fail();
  if (input == nullptr)
    return {};
  auto* glyphs = hb_subset_input_glyph_set(input);
  for (const auto& x : codes_)
    hb_set_add(glyphs, x.glyph);
  auto* dropped = hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG);
  for (const auto* tag : {"GSUB", "GPOS", "GDEF", "kern", "FFTM", "OS/2", "post", "name", "cmap"})
    hb_set_add(dropped, hb_tag_from_string(tag, -1));
  hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_RETAIN_GIDS | HB_SUBSET_FLAGS_NOTDEF_OUTLINE
                                     | HB_SUBSET_FLAGS_NO_HINTING);
  auto* made = hb_subset_or_fail(face_.get(), input);
  hb_subset_input_destroy(input);
  if (made == nullptr)
    return {};
  auto* blob = hb_face_reference_blob(made);
  unsigned size = 0;
  const auto* data = hb_blob_get_data(blob, &size);
  std::string out{data, size};
  hb_blob_destroy(blob);
  hb_face_destroy(made);
  return out;
}

std::string pdf_font::descriptor(const std::string& name, size_t file) const {
  auto scaled = [this](double x) { return pdf_number(x * 1'000.0 / units_); };
  hb_font_extents_t extents{};
  hb_font_get_h_extents(font_.get(), &extents);
  auto* head = hb_face_reference_table(face_.get(), hb_tag_from_string("head", -1));
  unsigned size = 0;
  const auto* data = hb_blob_get_data(head, &size);
  constexpr size_t box_at = 36;
  std::string box;
  for (size_t i = 0; i < 4; ++i)
    box += (i == 0 ? "" : " ")
           + scaled(size >= box_at + 8 ? number_at(data, box_at + 2 * i) : int16_t{0});
  hb_blob_destroy(head);
  return "<</Type /FontDescriptor /FontName /" + name + " /Flags 4 /FontBBox [" + box
         + "] /ItalicAngle 0 /Ascent " + scaled(extents.ascender) + " /Descent "
         + scaled(extents.descender) + " /CapHeight " + scaled(extents.ascender)
         + " /StemV 80 /FontFile2 " + pdf_reference(file) + ">>";
}

std::string pdf_font::widths() const {
  std::string out = "[0 [";
  for (size_t i = 0; i < codes_.size(); ++i)
    out += (i == 0 ? "" : " ") + pdf_number(width_of(static_cast<uint16_t>(i)));
  return out + "]]";
}

std::string pdf_font::glyph_map() const {
  std::string out;
  for (const auto& x : codes_) {
    out += static_cast<char>((x.glyph >> 8U) & 255U);
    out += static_cast<char>(x.glyph & 255U);
  }
  return out;
}

std::string pdf_font::unicode_map() const {
  std::string out = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                    "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
                    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n";
  std::vector<size_t> known;
  for (size_t i = 1; i < codes_.size(); ++i)
    if (!codes_[i].text.empty())
      known.push_back(i);
  // A section has at most so many.
  constexpr size_t most = 100;
  for (size_t at = 0; at < known.size(); at += most) {
    auto count = std::min(most, known.size() - at);
    out += std::to_string(count) + " beginbfchar\n";
    for (size_t i = at; i < at + count; ++i) {
      out += '<';
      append_hex(out, static_cast<uint16_t>(known[i]));
      out += "> <";
      for (auto c : codes_[known[i]].text)
        append_utf16_hex(out, c);
      out += ">\n";
    }
    out += "endbfchar\n";
  }
  return out + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n";
}

bool pdf_font::put(pdf_file& to, size_t number, const std::string& tag) const {
  auto bytes = subset();
  if (bytes.empty())
    return false;
  const auto full = name(tag);
  auto file = to.reserve();
  auto about = to.reserve();
  auto cid = to.reserve();
  auto glyphs = to.reserve();
  auto unicode = to.reserve();
  to.put_stream(file, "/Length1 " + std::to_string(bytes.size()), bytes);
  to.put(about, descriptor(full, file));
  to.put_stream(glyphs, "", glyph_map());
  to.put_stream(unicode, "", unicode_map());
  to.put(cid, "<</Type /Font /Subtype /CIDFontType2 /BaseFont /" + full
                + " /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>"
                + " /FontDescriptor " + pdf_reference(about) + " /CIDToGIDMap "
                + pdf_reference(glyphs) + " /DW 0 /W " + widths() + ">>");
  to.put(number, "<</Type /Font /Subtype /Type0 /BaseFont /" + full
                   + " /Encoding /Identity-H /DescendantFonts [" + pdf_reference(cid)
                   + "] /ToUnicode " + pdf_reference(unicode) + ">>");
  return true;
}

} // namespace carillon
