#include "net/data/publishing/intake.hpp"

#include "base/json/array_items.hpp"

#include <algorithm>

namespace carillon::data {

namespace {

expected<draft_ptr> parse_one(const admission& admitted, const request_head& head,
                              std::string_view body, const parse_context& ctx) {
  switch (admitted.form) {
  case body_form::structured:
    return parse_cloud_event(body, ctx);
  case body_form::binary:
    return parse_cloud_event_binary(head.cloud, body, ctx, admitted.content_type);
  case body_form::json:
  case body_form::structured_batch:
    break;
  }
  return parse_event(body, ctx);
}

} // namespace

bool is_batch(body_form form, std::string_view body) noexcept {
  if (form != body_form::json)
    return form == body_form::structured_batch;
  return begins_array(body);
}

expected<draft_ptr> take_event(const admission& admitted, const request_head& head,
                               std::string_view body, const parse_context& ctx) {
  auto draft = parse_one(admitted, head, body, ctx);
  if (draft)
    if (auto claimed = claim(**draft, admitted.who); !claimed)
      return std::move(claimed).error();
  return draft;
}

event_array array_of(const admission& admitted, std::string_view body, size_t max_items) {
  return {body,
          admitted.form == body_form::structured_batch ? event_form::cloud_event
                                                       : event_form::plain,
          max_items};
}

parsed_items claimed(const admission& admitted, parsed_items items) {
  for (auto& x : items)
    if (x)
      if (auto done = claim(**x, admitted.who); !done)
        x = std::move(done).error();
  return items;
}

size_t count_drafts(const parsed_items& items) noexcept {
  return static_cast<size_t>(
    std::count_if(items.begin(), items.end(), [](const auto& x) { return x.has_value(); }));
}

} // namespace carillon::data
