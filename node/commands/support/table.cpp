#include "node/commands/support/table.hpp"

#include <algorithm>
#include <cstdlib>

namespace carillon::commands {

namespace {

constexpr int name_width = 12;

/// Continuation bytes of UTF-8 do not count.
size_t characters_in(std::string_view text) noexcept {
  return static_cast<size_t>(std::count_if(
    text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6U) != 2; }));
}

void append(std::string& out, std::string_view text, int width) {
  auto wanted = static_cast<size_t>(std::abs(width));
  auto length = characters_in(text);
  const std::string padding(wanted > length ? wanted - length : 0, ' ');
  if (width < 0)
    out += padding;
  out += text;
  if (width > 0)
    out += padding;
}

} // namespace

std::string table_row(std::initializer_list<cell> cells) {
  std::string out;
  for (const auto& x : cells) {
    append(out, x.text, x.width);
    out += &x == cells.end() - 1 ? '\n' : ' ';
  }
  return out;
}

std::string named_line(std::string_view name, std::string_view value) {
  std::string out;
  append(out, name, name_width);
  out += ' ';
  out += value;
  return out + '\n';
}

} // namespace carillon::commands
