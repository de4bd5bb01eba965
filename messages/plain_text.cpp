#include "messages/plain_text.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace carillon {

namespace {

/// Decimals of a currency (ISO 4217).
int decimals_of(std::string_view currency) noexcept {
  constexpr std::array<std::string_view, 16> none{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                  "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                  "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> three{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::find(none.begin(), none.end(), currency) != none.end())
    return 0;
  return std::find(three.begin(), three.end(), currency) != three.end() ? 3 : 2;
}

std::string shortest(double x) {
  std::array<char, 64> out{};
  auto [end, error] = std::to_chars(out.data(), out.data() + out.size(), x);
  return error == std::errc{} ? std::string{out.data(), end} : std::string{};
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

std::string amount_text(double x, std::string_view currency) {
  if (!std::isfinite(x))
    return {};
  auto decimals = decimals_of(currency);
  auto scaled = x * std::pow(10.0, decimals);
  // Beyond that, a double has no such digits.
  if (std::abs(scaled) > 1e15 || std::abs(scaled - std::round(scaled)) > 1e-6 * std::abs(scaled))
    return shortest(x);
  std::array<char, 64> out{};
  auto size = std::snprintf(out.data(), out.size(), "%.*f", decimals, x);
  return {out.data(), static_cast<size_t>(size)};
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
  return shortest(value);
}

} // namespace carillon
