#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace carillon::commands {

/// One cell of a line.
struct cell {
  std::string text;
  /// In characters; longer text is not cut. Negative = aligned right.
  int width = 0;
};

/// A line of a table; spaces separate the cells.
std::string table_row(std::initializer_list<cell> cells);

/// A line `name  value` in the description of one thing.
std::string named_line(std::string_view name, std::string_view value);

} // namespace carillon::commands
