#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// A span by its trace, as W3C Trace Context (section 3.2.2) names it.
struct trace_context {
  uint64_t trace_high = 0;
  uint64_t trace_low = 0;
  uint64_t span = 0;
  /// Whether who made it records it.
  bool sampled = false;

  friend bool operator==(const trace_context&, const trace_context&) = default;
};

/// Reads a `traceparent` as `understood_traceparent` returns it; empty for any other text.
std::optional<trace_context> trace_context_from(std::string_view traceparent) noexcept;

/// The `traceparent` of version 00.
std::string to_traceparent(const trace_context& x);

/// The ids in lower-case hexadecimal, of 32 and 16 digits.
/// @{
std::string trace_id_text(const trace_context& x);
std::string span_id_text(uint64_t span);
/// @}

} // namespace carillon
