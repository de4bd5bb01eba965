#pragma once

#include "base/page.hpp"
#include "messages/list_request.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace carillon::sql {

/// The number after which a list in the state store begins.
inline int64_t bound_of(const list_request& x) {
  constexpr auto most = std::numeric_limits<int64_t>::max();
  if (!x.beyond)
    return x.ascending ? 0 : most;
  return static_cast<int64_t>(std::min<uint64_t>(*x.beyond, most));
}

inline size_t limit_of(const list_request& x) {
  return std::clamp<size_t>(x.limit, 1, 1'000);
}

/// Makes a page of rows that were queried with one more than the limit.
/// @param item makes an item from a row
/// @param number returns the number of an item
template <class T, class Rows, class Item, class Number>
page_of<T> take_page(Rows& rows, size_t limit, Item&& item, Number&& number) {
  page_of<T> page;
  while (page.items.size() < limit && rows.next())
    page.items.push_back(item(*rows));
  if (page.items.size() == limit && rows.next())
    page.next = number(page.items.back());
  return page;
}

} // namespace carillon::sql
