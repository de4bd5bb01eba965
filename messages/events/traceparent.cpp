#include "messages/events/traceparent.hpp"

namespace carillon {

namespace {

/// `v` is the version, `h` any digit, in lower case.
constexpr std::string_view shape = "vv-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
constexpr size_t trace_begin = 3;
constexpr size_t trace_size = 32;
constexpr size_t parent_begin = 36;
constexpr size_t parent_size = 16;

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool has_shape(std::string_view x) noexcept {
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '-' ? x[i] != '-' : !is_hex(x[i]))
      return false;
  return true;
}

bool is_zero(std::string_view x) noexcept {
  return x.find_first_not_of('0') == std::string_view::npos;
}

} // namespace

std::string understood_traceparent(std::string_view x) {
  if (x.size() < shape.size() || !has_shape(x) || x.starts_with("ff")
      || is_zero(x.substr(trace_begin, trace_size)) || is_zero(x.substr(parent_begin, parent_size)))
    return {};
  const auto is_first_version = x.starts_with("00");
  if (x.size() > shape.size() && (is_first_version || x[shape.size()] != '-'))
    return {};
  if (is_first_version)
    return std::string{x};
  std::string out{x.substr(0, shape.size())};
  constexpr std::string_view odd = "13579bdf";
  const auto is_sampled = odd.find(out.back()) != std::string_view::npos;
  out.replace(0, 2, "00");
  out.replace(out.size() - 2, 2, is_sampled ? "01" : "00");
  return out;
}

} // namespace carillon
