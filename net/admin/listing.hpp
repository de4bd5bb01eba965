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

/// Makes a `put` of a function that writes the members of an item.
template <class PutMembers>
auto as_object(PutMembers put_members) {
  return [put_members](json_writer& out, const auto& x) {
    out.begin_object();
    put_members(out, x);
    out.end_object();
  };
}

/// Answers a page of a list whose cursor is a number; see `answer_list`.
template <class T, class Put>
answer answer_page(std::string_view name, const page_of<T>& page, const query_reader& q,
                   Put&& put) {
  return answer_list(name, page.items, put, [&](json_writer& out) { q.put_next(out, page.next); });
}

/// Answers a list that has no further pages; see `answer_list`.
template <class Items, class Put>
answer answer_whole_list(std::string_view name, const Items& items, Put&& put) {
  return answer_list(name, items, put, [](json_writer& out) { out.null("nextCursor"); });
}

} // namespace carillon::admin
