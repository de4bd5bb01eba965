#include "base/text/plain_text.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace carillon {

namespace {

/// Decimals of a currency (ISO 4217), which is in capitals.
int decimals_of(std::string_view currency) noexcept {
  constexpr std::array<std::string_view, 17> none{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                  "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                  "VND", "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> three{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  constexpr std::array<std::string_view, 2> four{"CLF", "UYW"};
  auto has = [&](const auto& names) {
    return std::find(names.begin(), names.end(), currency) != names.end();
  };
  return has(none) ? 0 : has(three) ? 3 : has(four) ? 4 : 2;
}

std::string written(double x, std::chars_format format) {
  std::array<char, 64> out{};
  auto [end, error] = std::to_chars(out.data(), out.data() + out.size(), x, format);
  return error == std::errc{} ? std::string{out.data(), end} : std::string{};
}

/// All digits that a person wrote, without the 16th and 17th, which come from computing in binary.
/// No power of ten unless the number is very small or large.
std::string digits_of(double x) {
  constexpr double most = 1e15;
  std::array<char, 64> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.15g", x));
  auto rounded = std::strtod(text.data(), nullptr);
  auto out = std::abs(rounded) < most ? written(rounded, std::chars_format::fixed) : std::string{};
  return out.empty() ? written(x, std::chars_format::general) : out;
}

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_id_character(char c) noexcept {
  return is_letter(c) || (c >= '0' && c <= '9')
         || std::string_view{"-_.:#@+~"}.find(c) != std::string_view::npos;
}

} // namespace

std::string one_line(std::string_view text, size_t bytes) {
  std::string out;
  for (auto c : as_utf8(text.substr(0, std::min(text.size(), 4 * bytes + 16)))) {
    auto blank = c == ' ' || static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  out = excerpt(out, bytes);
  while (out.ends_with(' '))
    out.pop_back();
  return out;
}

std::string currency_text(std::string_view code) {
  constexpr size_t code_bytes = 3;
  constexpr size_t other_bytes = 16;
  auto out = one_line(code, other_bytes);
  if (out.size() == code_bytes && std::all_of(out.begin(), out.end(), is_letter))
    for (auto& c : out)
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string amount_text(double x, std::string_view currency) {
  if (!std::isfinite(x))
    return {};
  auto decimals = decimals_of(currency_text(currency));
  auto scaled = x * std::pow(10.0, decimals);
  // Removes the rounding error of binary computing.
  auto noise = std::min(1e-3, std::max(1e-9, 1e-12 * std::abs(scaled)));
  // Beyond that, a double cannot hold such digits.
  if (std::abs(scaled) > 1e15 || std::abs(scaled - std::round(scaled)) > noise)
    return digits_of(x);
  std::array<char, 64> out{};
  auto size = std::snprintf(out.data(), out.size(), "%.*f", decimals, x);
  return {out.data(), static_cast<size_t>(size)};
}

std::string id_text(std::string_view id) {
  constexpr size_t plain_bytes = 64;
  constexpr size_t marked_bytes = 40;
  if (id.empty()
      || (id.size() <= plain_bytes && std::all_of(id.begin(), id.end(), is_id_character)))
    return std::string{id};
  auto whole = one_line(id, id.size());
  auto out = one_line(whole, marked_bytes);
  return "“" + out + (out == whole ? "”" : "…”");
}

std::string number_text(const rapidjson::Value& x) {
  if (x.IsInt64())
    return std::to_string(x.GetInt64());
  if (x.IsUint64())
    return std::to_string(x.GetUint64());
  if (!x.IsDouble() || !std::isfinite(x.GetDouble()))
    return {};
  // 3.0 is 3 things.
  auto value = x.GetDouble();
  if (value == std::round(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<int64_t>(value));
  return digits_of(value);
}

} // namespace carillon
