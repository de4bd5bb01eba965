#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Kind of a member that a scan found. An object or array is `other`.
enum class member_kind : uint8_t { absent, null, boolean, number, string, other };

/// A member of an event's `data`.
struct scanned_member {
  member_kind kind = member_kind::absent;
  /// Of a string its value, of a number its text, of a boolean `true` or `false`; else empty.
  std::string text;
};

/// Finds members by their JSON pointers, in one pass over the text, which ends when all are found.
/// Numbers keep their digits. A text that is no JSON has the members before the fault.
/// @param pointers each a `is_member_pointer`; may be empty
/// @param out one for each pointer
void scan_members(std::string_view data, std::span<const std::string> pointers,
                  std::vector<scanned_member>& out);

} // namespace carillon
