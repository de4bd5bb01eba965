#pragma once

#include "base/json/writer.hpp"
#include "base/page.hpp"
#include "net/admin/call.hpp"
#include "net/admin/query_reader.hpp"

#include <string_view>

namespace carillon::admin {

/// Answers a list: an object with the array `name` and `nextCursor`.
/// @param put writes an item: `void (json_writer&, const item&)`
/// @param put_next writes `nextCursor`: `void (json_writer&)`
template <class Items, class Put, class PutNext>
answer answer_list(std::string_view name, const Items& items, Put&& put, PutNext&& put_next) {
  json_writer out;
  out.begin_object().begin_array(name);
  for (const auto& x : items)
    put(out, x);
  out.end_array();
  put_next(out);
  out.end_object();
  return {.body = out.take()};
}

/// The same for a page of a list whose cursor is a number.
template <class T, class Put>
answer answer_page(std::string_view name, const page_of<T>& page, const query_reader& q,
                   Put&& put) {
  return answer_list(name, page.items, put, [&](json_writer& out) { q.put_next(out, page.next); });
}

/// The same for a list that has no further pages.
template <class Items, class Put>
answer answer_whole_list(std::string_view name, const Items& items, Put&& put) {
  return answer_list(name, items, put, [](json_writer& out) { out.null("nextCursor"); });
}

} // namespace carillon::admin
