#pragma once

#include "base/time.hpp"
#include "messages/events/event.hpp"
#include "messages/traces/trace_context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace carillon {

/// As OTLP numbers it.
enum class span_kind : uint8_t { internal = 1, server = 2, client = 3, producer = 4, consumer = 5 };

/// What is said of a span. The name is a literal.
struct span_attribute {
  const char* name = "";
  std::variant<std::string, int64_t, bool> value;
};

/// Something that a node did, and that has ended.
struct span {
  trace_context context;
  /// The span that it is a part of; 0 = it begins its trace.
  uint64_t parent = 0;
  /// A span of another trace that caused it.
  std::optional<trace_context> link;
  /// Of few different ones, such as `publish order.created`.
  std::string name;
  span_kind kind = span_kind::internal;
  timestamp begun;
  timestamp ended;
  std::vector<span_attribute> attributes;
  /// Why it failed, without secrets; empty = it did not.
  std::string error;
};

/// What every span about an event says of it: its type, id, position and company. Nothing of its
/// data.
std::vector<span_attribute> attributes_of(const event& x);

} // namespace carillon
