#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace carillon::commands {

/// One cell of a line.
struct cell {
  std::string text;
  /// In characters; what is longer is not cut. Negative = on the right of it.
  int width = 0;
};

/// A line of a table, its cells apart by a space.
std::string table_row(std::initializer_list<cell> cells);

/// A line `name  value` of what is said about one thing.
std::string named_line(std::string_view name, std::string_view value);

} // namespace carillon::commands
