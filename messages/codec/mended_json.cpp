#include "messages/codec/mended_json.hpp"

#include <algorithm>
#include <charconv>

namespace carillon {

namespace {

/// The four digits of the escape at `i`; 0 if there is none.
unsigned escaped_unit(std::string_view x, size_t i) {
  unsigned out = 0;
  if (i + 6 > x.size() || x[i] != '\\' || x[i + 1] != 'u')
    return 0;
  auto [end, error] = std::from_chars(x.data() + i + 2, x.data() + i + 6, out, 16);
  return error == std::errc{} && end == x.data() + i + 6 ? out : 0;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

} // namespace

std::string with_whole_pairs(std::string_view text) {
  std::string out{text};
  for (auto i = out.find('\\'); i < out.size(); i = out.find('\\', i)) {
    auto unit = escaped_unit(out, i);
    auto next = escaped_unit(out, i + 6);
    if (unit < 0xd800 || unit > 0xdbff) {
      i += 2;
    } else if (next >= 0xdc00 && next <= 0xdfff) {
      i += 12;
    } else {
      out.replace(i + 2, 4, "fffd");
      i += 6;
    }
  }
  return out;
}

std::string with_small_numbers(std::string_view text) {
  constexpr size_t many_digits = 300;
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = text[i];
    out += c;
    if (c == '\\' && i + 1 < text.size()) {
      out += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && is_digit(c)) {
      auto end = std::min(text.find_first_not_of("0123456789", i), text.size());
      const auto before = out.size() < 2 ? ' ' : out[out.size() - 2];
      const auto is_exponent = before == 'e' || before == 'E' || before == '+'
                               || (before == '-' && out.size() > 2
                                   && (out[out.size() - 3] == 'e' || out[out.size() - 3] == 'E'));
      if (is_exponent)
        out.back() = '0';
      else if (c == '0' || end - i < many_digits)
        out += text.substr(i + 1, end - i - 1);
      i = end - 1;
    }
  }
  return out;
}

} // namespace carillon
