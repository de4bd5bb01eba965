#include "handlers/documents/shaped_text.hpp"

#include <fribidi.h>

#include <algorithm>

namespace carillon {

namespace {

/// Characters of one direction, script and font.
struct run {
  size_t begin = 0;
  size_t end = 0;
  size_t font = 0;
  FriBidiLevel level = 0;
  hb_script_t script = HB_SCRIPT_COMMON;
};

std::vector<FriBidiLevel> levels_of(const std::u32string& text) {
  const auto size = static_cast<FriBidiStrIndex>(text.size());
  const auto* characters = reinterpret_cast<const FriBidiChar*>(text.data());
  std::vector<FriBidiCharType> types(text.size());
  std::vector<FriBidiBracketType> brackets(text.size());
  std::vector<FriBidiLevel> out(text.size());
  fribidi_get_bidi_types(characters, size, types.data());
  fribidi_get_bracket_types(characters, size, types.data(), brackets.data());
  FriBidiParType direction = FRIBIDI_PAR_ON;
  // It fails only without memory; then all text runs from left to right.
  if (fribidi_get_par_embedding_levels_ex(types.data(), brackets.data(), size, &direction,
                                          out.data())
      == 0)
    std::fill(out.begin(), out.end(), FriBidiLevel{0});
  return out;
}

bool takes_neighbours_script(hb_script_t x) noexcept {
  return x == HB_SCRIPT_COMMON || x == HB_SCRIPT_INHERITED || x == HB_SCRIPT_UNKNOWN;
}

size_t font_for(char32_t x, const font_list& fonts, size_t before) {
  // Marks and blanks stay with the preceding character.
  if (before < fonts.size() && fonts[before]->has(x))
    return before;
  for (size_t i = 0; i < fonts.size(); ++i)
    if (fonts[i]->has(x))
      return i;
  return 0;
}

std::vector<run> runs_of(const std::u32string& text, const font_list& fonts) {
  const auto levels = levels_of(text);
  auto* unicode = hb_unicode_funcs_get_default();
  std::vector<run> out;
  for (size_t i = 0; i < text.size(); ++i) {
    auto script = hb_unicode_script(unicode, text[i]);
    auto font = font_for(text[i], fonts, out.empty() ? fonts.size() : out.back().font);
    if (!out.empty()) {
      auto& last = out.back();
      auto same = takes_neighbours_script(script) || takes_neighbours_script(last.script)
                  || script == last.script;
      if (same && last.level == levels[i] && last.font == font) {
        last.end = i + 1;
        if (takes_neighbours_script(last.script))
          last.script = script;
        continue;
      }
    }
    out.push_back({i, i + 1, font, levels[i], script});
  }
  return out;
}

/// Rule L2 of UAX #9, on runs.
void order(std::vector<run>& xs) {
  FriBidiLevel most = 0;
  for (const auto& x : xs)
    most = std::max(most, x.level);
  for (auto level = most; level > 0; --level)
    for (size_t i = 0; i < xs.size(); ++i) {
      auto end = i;
      while (end < xs.size() && xs[end].level >= level)
        ++end;
      std::reverse(xs.begin() + static_cast<std::ptrdiff_t>(i),
                   xs.begin() + static_cast<std::ptrdiff_t>(end));
      i = std::max(i, end);
    }
}

/// Appends the glyphs of a run with the characters from `begin` up to `end`.
void append(std::vector<shaped_glyph>& out, const std::u32string& text, const run& x,
            pdf_font& font, hb_buffer_t* buffer) {
  hb_buffer_clear_contents(buffer);
  hb_buffer_add_utf32(buffer, reinterpret_cast<const uint32_t*>(text.data()),
                      static_cast<int>(text.size()), static_cast<unsigned>(x.begin),
                      static_cast<int>(x.end - x.begin));
  const bool leftwards = x.level % 2 == 1;
  hb_buffer_set_direction(buffer, leftwards ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
  hb_buffer_set_script(buffer, takes_neighbours_script(x.script) ? HB_SCRIPT_LATIN : x.script);
  hb_buffer_set_language(buffer, hb_language_from_string("en", -1));
  hb_shape(font.handle(), buffer, nullptr, 0);
  unsigned count = 0;
  const auto* glyphs = hb_buffer_get_glyph_infos(buffer, &count);
  const auto* places = hb_buffer_get_glyph_positions(buffer, &count);
  const auto scale = 1'000.0 / font.units();
  for (unsigned i = 0; i < count; ++i) {
    const size_t begin = glyphs[i].cluster;
    // A cluster ends where the next one begins, which is on the left in a right-to-left run.
    auto end = x.end;
    for (unsigned j = 0; j < count; ++j)
      if (glyphs[j].cluster > begin)
        end = std::min<size_t>(end, glyphs[j].cluster);
    // Of several glyphs for a cluster, one represents its text.
    auto first = i == 0 || glyphs[i - 1].cluster != glyphs[i].cluster;
    auto code = font.code_of(glyphs[i].codepoint,
                             first ? text.substr(begin, end - begin) : std::u32string{});
    out.push_back({x.font, code, places[i].x_advance * scale, places[i].x_offset * scale,
                   places[i].y_offset * scale, begin});
  }
}

} // namespace

std::vector<shaped_glyph> shape(const std::u32string& text, const font_list& fonts) {
  std::vector<shaped_glyph> out;
  if (text.empty() || fonts.empty())
    return out;
  auto runs = runs_of(text, fonts);
  order(runs);
  auto* buffer = hb_buffer_create();
  for (const auto& x : runs)
    append(out, text, x, *fonts[x.font], buffer);
  hb_buffer_destroy(buffer);
  return out;
}

std::u32string characters_of(std::string_view text) {
  std::u32string out;
  for (size_t at = 0; at < text.size();) {
    auto lead = static_cast<unsigned char>(text[at++]);
    auto more = lead < 0x80U ? 0 : lead < 0xe0U ? 1 : lead < 0xf0U ? 2 : 3;
    char32_t x = more == 0 ? lead : lead & (0x3fU >> static_cast<unsigned>(more));
    for (; more > 0 && at < text.size(); --more)
      x = (x << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    out += x;
  }
  return out;
}

std::vector<double> widths_of(const std::u32string& text, const font_list& fonts) {
  std::vector<double> out(text.size());
  for (const auto& x : shape(text, fonts))
    out[x.character] += x.advance;
  return out;
}

} // namespace carillon
