#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace carillon {

/// A page and the number to continue beyond, empty at the end.
template <class T>
struct page_of {
  std::vector<T> items;
  std::optional<uint64_t> next;
};

} // namespace carillon
