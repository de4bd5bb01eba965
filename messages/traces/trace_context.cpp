#include "messages/traces/trace_context.hpp"

#include "base/text/hex.hpp"
#include "messages/events/traceparent.hpp"

#include <charconv>

namespace carillon {

namespace {

constexpr size_t digits_of_number = 16;
constexpr size_t high_begin = 3;
constexpr size_t low_begin = high_begin + digits_of_number;
constexpr size_t span_begin = 36;

uint64_t hex_number(std::string_view digits) noexcept {
  uint64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
  return out;
}

void append_number(std::string& out, uint64_t x) {
  for (int shift = 60; shift >= 0; shift -= 4)
    out += lower_hex[(x >> static_cast<unsigned>(shift)) & 0xfU];
}

} // namespace

std::optional<trace_context> trace_context_from(std::string_view traceparent) noexcept {
  // Checked where it came in; this is for a text that came by another way.
  constexpr size_t size = 55;
  if (traceparent.size() != size || !traceparent.starts_with("00-")
      || understood_traceparent(traceparent).empty())
    return std::nullopt;
  return trace_context{hex_number(traceparent.substr(high_begin, digits_of_number)),
                       hex_number(traceparent.substr(low_begin, digits_of_number)),
                       hex_number(traceparent.substr(span_begin, digits_of_number)),
                       (hex_number(traceparent.substr(size - 2)) & 1U) != 0};
}

std::string to_traceparent(const trace_context& x) {
  std::string out = "00-";
  append_number(out, x.trace_high);
  append_number(out, x.trace_low);
  out += '-';
  append_number(out, x.span);
  return out + (x.sampled ? "-01" : "-00");
}

std::string trace_id_text(const trace_context& x) {
  std::string out;
  append_number(out, x.trace_high);
  append_number(out, x.trace_low);
  return out;
}

std::string span_id_text(uint64_t span) {
  std::string out;
  append_number(out, span);
  return out;
}

} // namespace carillon
