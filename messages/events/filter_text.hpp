#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// How a filter's text is read, see docs/filters.md. Any thread.

/// A text that is JSON, without blanks between its parts.
std::string without_blanks(std::string_view json);

/// A name as a part of a JSON pointer, cut if it is long.
std::string pointer_part(std::string_view name);

/// The parts of a path: `data.order.total`, or as a JSON pointer `/data/order/total`. Empty if it
/// is none.
std::vector<std::string> filter_path_parts(std::string_view path);

} // namespace carillon
