#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::data {

/// A call of the data port about the caller's own notifications.
struct notification_route {
  enum class call : uint8_t { list, show, read_one, read_all };

  call what = call::list;
  /// For `show` and `read_one`; 0 if the path has no valid number.
  uint64_t id = 0;
  /// As in the description of the API.
  std::string_view pattern;
  /// In the form of `Allow`.
  std::string_view methods;

  /// True if it changes nothing, and takes no body.
  bool is_read_only() const noexcept {
    return what == call::list || what == call::show;
  }
};

/// The call at this path; empty if it is not one about notifications.
std::optional<notification_route> notification_route_of(std::string_view path) noexcept;

} // namespace carillon::data
