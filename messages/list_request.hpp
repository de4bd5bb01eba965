#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace carillon {

/// Selects a page of a list in the state store. Lists are ordered by number,
/// newest first unless said otherwise.
struct list_request {
  /// Keyset: only numbers beyond this one.
  std::optional<uint64_t> beyond;
  /// 1–1000.
  size_t limit = 100;
  std::optional<std::string> company_id;
  /// Consumer (dead letters) or action (audit).
  std::optional<std::string> name;
  bool ascending = false;
};

} // namespace carillon
