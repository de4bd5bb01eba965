#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::data {

/// A call of the data port about a remote consumer.
struct worker_route {
  enum class call : uint8_t { settings, show, connect, pull, ack, nack, extend, release };

  call what = call::settings;
  /// Of the consumer, as in the path.
  std::string_view name;
  /// As in the description of the API.
  std::string_view pattern;
  /// In the form of `Allow`.
  std::string_view methods;
};

/// The call at this path; empty if it is not one about remote consumers.
std::optional<worker_route> worker_route_of(std::string_view path) noexcept;

} // namespace carillon::data
