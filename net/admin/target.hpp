#pragma once

#include "net/admin/call.hpp"

namespace carillon::admin {

/// A request target in its parts.
struct parsed_target {
  /// Segments of the path, decoded: `/a/b` has two.
  std::vector<std::string> segments;
  parameters query;
};

/// Cuts a target in origin or absolute form (RFC 9112 section 3.2). A segment may
/// hold an encoded `/`. Errors: `invalid_argument` for a bad escape, a control
/// character, text that is not UTF-8 or a parameter given twice.
expected<parsed_target> parse_target(std::string_view target);

} // namespace carillon::admin
