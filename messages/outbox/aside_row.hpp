#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A row of an outbox that can be no event and was put aside, without its data; see
/// docs/outbox.md.
struct aside_row {
  /// Its number in the outbox.
  uint64_t seq = 0;
  std::string id;
  std::string type;
  std::string source;
  std::optional<std::string> company_id;
  /// Why: the name of an `ec`, and words for the operator.
  std::string error_code;
  std::string error_detail;
  /// RFC 3339.
  std::string refused_at;
  uint64_t data_bytes = 0;
};

using aside_rows = std::vector<aside_row>;

} // namespace carillon
