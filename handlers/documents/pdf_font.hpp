#pragma once

#include "handlers/documents/pdf_file.hpp"

#include <hb.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// A TrueType font of a PDF, embedded with only the glyphs that were drawn.
///
/// A glyph has a separate code for each text that it represents, so that drawn text can be searched
/// for and copied: also a ligature, and the box for missing characters.
class pdf_font {
public:
  /// Null if the file is not a readable TrueType font.
  static std::unique_ptr<pdf_font> open(const std::string& file);

  hb_font_t* handle() const noexcept {
    return font_.get();
  }

  /// Units of the font per font size.
  double units() const noexcept {
    return units_;
  }

  bool has(char32_t x) const noexcept;

  /// The code of the glyph when it represents this text. 0 (a box) if there are too many.
  uint16_t code_of(uint32_t glyph, const std::u32string& text);

  /// Its width in thousandths of the font's size.
  double width_of(uint16_t x) const;

  bool is_used() const noexcept {
    return codes_.size() > 1;
  }

  /// Puts the font into the file, under `number`. False if that fails.
  /// @param tag six capitals that distinguish subsets of fonts
  bool put(pdf_file& to, size_t number, const std::string& tag) const;

private:
  template <class T, void (*Destroy)(T*)>
  struct deleter {
    void operator()(T* x) const noexcept {
      Destroy(x);
    }
  };
  using face_ptr = std::unique_ptr<hb_face_t, deleter<hb_face_t, hb_face_destroy>>;
  using font_ptr = std::unique_ptr<hb_font_t, deleter<hb_font_t, hb_font_destroy>>;

  struct glyph_use {
    uint32_t glyph = 0;
    std::u32string text;
  };

  pdf_font() = default;

  std::string name(const std::string& tag) const;
  std::string subset() const;
  std::string descriptor(const std::string& name, size_t file) const;
  std::string widths() const;
  std::string glyph_map() const;
  std::string unicode_map() const;

  face_ptr face_;
  font_ptr font_;
  double units_ = 1'000;
  /// By code; the first is the box.
  std::vector<glyph_use> codes_{glyph_use{}};
  std::map<std::pair<uint32_t, std::u32string>, uint16_t> known_;
};

} // namespace carillon
