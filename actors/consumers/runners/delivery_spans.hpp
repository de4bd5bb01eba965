#pragma once

#include "messages/consumers/handler.hpp"
#include "messages/traces/open_span.hpp"

#include <optional>
#include <utility>

namespace carillon {

/// Makes the spans of a consumer's deliveries, each a trace of its own with a link to the publish
/// of its event. Cheap to copy, thread-safe.
class delivery_spans {
public:
  /// @param to null = it makes none
  explicit delivery_spans(tracer_ptr to) : to_(std::move(to)) {
  }

  /// An attempt begins; empty if it is not recorded.
  std::optional<open_span> begin(const event& x) const {
    return to_ == nullptr ? std::nullopt : begin_recorded(x);
  }

  /// It has ended.
  void end(const open_span& x, const delivery& of, const std::optional<failure>& error) const;

private:
  std::optional<open_span> begin_recorded(const event& x) const;

  tracer_ptr to_;
};

/// What a span says of a delivery, beside what it says of the event.
std::vector<span_attribute> attributes_of(const delivery& x);

} // namespace carillon
