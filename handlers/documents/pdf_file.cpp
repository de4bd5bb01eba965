#include "handlers/documents/pdf_file.hpp"

#include "base/time.hpp"

#include <zlib.h>

#include <array>
#include <cstdio>

namespace carillon {

size_t pdf_file::reserve() {
  objects_.emplace_back();
  return objects_.size();
}

void pdf_file::put(size_t number, std::string text) {
  objects_.at(number - 1) = std::move(text);
}

void pdf_file::put_stream(size_t number, std::string_view entries, std::string_view bytes) {
  auto size = compressBound(static_cast<uLong>(bytes.size()));
  std::string packed(size, '\0');
  // It fails only without memory; then the stream stays uncompressed.
  auto done = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                        reinterpret_cast<const Bytef*>(bytes.data()),
                        static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION)
              == Z_OK;
  if (done)
    packed.resize(size);
  else
    packed.assign(bytes);
  std::string out = "<<";
  out += entries;
  out += " /Length " + std::to_string(packed.size());
  out += done ? " /Filter /FlateDecode>>\nstream\n" : ">>\nstream\n";
  put(number, out + packed + "\nendstream");
}

std::string pdf_file::finish(size_t root, size_t info) const {
  // Bytes beyond ASCII mark the file as binary.
  std::string out = "%PDF-1.5\n%\xe2\xe3\xcf\xd3\n";
  std::string table = "xref\n0 " + std::to_string(objects_.size() + 1) + "\n0000000000 65535 f \n";
  for (size_t i = 0; i < objects_.size(); ++i) {
    std::array<char, 32> line{};
    static_cast<void>(std::snprintf(line.data(), line.size(), "%010zu 00000 n \n", out.size()));
    table += line.data();
    out += std::to_string(i + 1) + " 0 obj\n" + objects_[i] + "\nendobj\n";
  }
  auto begin = out.size();
  out += table + "trailer\n<</Size " + std::to_string(objects_.size() + 1) + " /Root "
         + std::to_string(root) + " 0 R /Info " + std::to_string(info) + " 0 R>>\nstartxref\n"
         + std::to_string(begin) + "\n%%EOF\n";
  return out;
}

std::string pdf_reference(size_t number) {
  return std::to_string(number) + " 0 R";
}

std::string pdf_number(double x) {
  std::array<char, 64> text{};
  auto size = std::snprintf(text.data(), text.size(), "%.3f", x);
  std::string out{text.data(), static_cast<size_t>(size)};
  while (out.ends_with('0'))
    out.pop_back();
  if (out.ends_with('.'))
    out.pop_back();
  return out == "-0" ? "0" : out;
}

std::string pdf_date(timestamp x) {
  std::string digits;
  for (auto c : to_rfc3339(x).substr(0, 19))
    if (c >= '0' && c <= '9')
      digits += c;
  return "(D:" + digits + "Z)";
}

void append_hex(std::string& out, uint16_t x) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (auto shift : {12U, 8U, 4U, 0U})
    out += digits[(x >> shift) & 15U];
}

void append_utf16_hex(std::string& out, char32_t x) {
  constexpr char32_t first_pair = 0x10000;
  if (x < first_pair) {
    append_hex(out, static_cast<uint16_t>(x));
    return;
  }
  x -= first_pair;
  append_hex(out, static_cast<uint16_t>(0xd800U + (x >> 10U)));
  append_hex(out, static_cast<uint16_t>(0xdc00U + (x & 0x3ffU)));
}

} // namespace carillon
