// A payload filter or a message template on the first line, an event's data behind it: no text of
// either ends the program, a filter's text is the filter again, and what a template makes of JSON
// is JSON.

#include "base/json/strict_json.hpp"
#include "fuzz/require.hpp"
#include "messages/events/filter.hpp"
#include "messages/events/filter_group.hpp"
#include "messages/webhooks/message_template.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

namespace {

void check_filter(std::string_view text, std::string_view data) {
  const auto filter = payload_filter::parse(text);
  if (!filter)
    return;
  const auto again = payload_filter::parse(filter->text());
  fuzz::require(again.has_value() && *again == *filter);
  const filter_subject subject{.type = "order.created", .data = data};
  fuzz::require(filter->matches(subject) == again->matches(subject));
  const auto opposite = payload_filter::parse("{\"$not\":" + filter->text() + "}");
  if (opposite)
    fuzz::require(opposite->matches(subject) != filter->matches(subject));
  // Beside another one it is the same.
  filter_group group;
  filter_values found;
  fuzz::require(
    group.add(*payload_filter::parse(R"({"data.a.0":1,"data.b":{"$exists":true}})")).has_value());
  const auto place = group.add(*filter);
  fuzz::require(place.has_value());
  group.look_at(subject, found);
  fuzz::require(group.matches(*place, found) == filter->matches(subject));
}

void check_message(std::string_view text, std::string_view data) {
  const auto message = message_template::parse(text);
  if (!message || !parse_strict_object(data, 64))
    return;
  event x;
  x.type = "order.created";
  x.data = data;
  const auto made = message->render(x);
  if (!made)
    return;
  fuzz::require(made->body.size() <= message_limits::body_bytes);
  if (made->content_type == "application/json")
    fuzz::require(parse_strict_object(made->body, 64).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto line = std::min(text.find('\n'), text.size());
  const auto rest = text.substr(std::min(line + 1, text.size()));
  check_filter(text.substr(0, line), rest);
  check_message(text.substr(0, line), rest);
  return 0;
}
