#include "messages/codec/codec.hpp"

#include "messages/codec/event_array.hpp"
#include "messages/codec/event_json.hpp"

namespace carillon {

const std::string& json_of(const event& x) {
  return x.json.get([&] {
    std::string out;
    append_event_json(out, x, true);
    return out;
  });
}

namespace {

expected<parsed_items> parse_all(std::string_view json, event_form form, const parse_context& ctx,
                                 size_t max_items) {
  event_array all{json, form, max_items};
  if (auto done = all.parse(ctx, std::chrono::steady_clock::time_point::max()); !done)
    return done.error();
  return all.take();
}

} // namespace

expected<draft_ptr> parse_event(std::string_view json, const parse_context& ctx) {
  return this_threads_parser().parse_one(json, event_form::plain, ctx);
}

expected<parsed_items> parse_events(std::string_view json, const parse_context& ctx,
                                    size_t max_items) {
  return parse_all(json, event_form::plain, ctx, max_items);
}

expected<draft_ptr> parse_cloud_event(std::string_view json, const parse_context& ctx) {
  return this_threads_parser().parse_one(json, event_form::cloud_event, ctx);
}

expected<parsed_items> parse_cloud_events(std::string_view json, const parse_context& ctx,
                                          size_t max_items) {
  return parse_all(json, event_form::cloud_event, ctx, max_items);
}

} // namespace carillon
