#include "base/json/appender.hpp"
#include "base/text/utf8.hpp"
#include "messages/codec/event_parser.hpp"
#include "messages/events/filter.hpp"

#include <rapidjson/document.h>

namespace carillon {

namespace {

failure wrong_member(const std::string& name, std::string_view wanted) {
  return {ec::invalid_argument, name + " must be " + std::string{wanted}, name};
}

expected<std::vector<type_pattern>> read_types(const payload_member& x) {
  std::vector<type_pattern> out;
  if (x.kind != json_kind::array || !x.all_strings)
    return wrong_member(x.name, "an array of type patterns");
  rapidjson::Document list;
  list.Parse<rapidjson::kParseIterativeFlag>(x.raw.data(), x.raw.size());
  for (const auto& item : list.GetArray()) {
    auto pattern = type_pattern::parse({item.GetString(), item.GetStringLength()});
    if (!pattern)
      return pattern.error();
    out.push_back(std::move(*pattern));
    if (out.size() > 100)
      return wrong_member(x.name, "at most 100 type patterns");
  }
  return out;
}

expected<timestamp> read_time(const payload_member& x) {
  auto time = x.kind == json_kind::string ? from_date_or_time(x.text) : std::nullopt;
  if (!time)
    return wrong_member(x.name, "an RFC 3339 time or a date");
  return *time;
}

expected<std::string> read_id(const payload_member& x) {
  if (x.kind != json_kind::string || !is_identifier(x.text))
    return wrong_member(x.name, "a string of 1-128 bytes");
  return x.text;
}

template <class T, class U>
expected<void> put(T& target, const expected<U>& x) {
  if (!x)
    return x.error();
  target = *x;
  return {};
}

expected<void> read_member(event_filter& out, const payload_member& x) {
  if (x.name == "types")
    return put(out.types, read_types(x));
  if (x.name == "companyId")
    return put(out.company_id, read_id(x));
  if (x.name == "userId")
    return put(out.user_id, read_id(x));
  if (x.name == "correlationId")
    return put(out.correlation_id, read_id(x));
  if (x.name == "startDate")
    return put(out.from, read_time(x));
  if (x.name == "endDate")
    return put(out.to, read_time(x));
  if (x.name == "filter" && x.kind == json_kind::null)
    return {};
  if (x.name == "filter")
    return put(out.payload, payload_filter::parse(x.raw));
  return failure{ec::invalid_argument, "'" + excerpt(x.name) + "' is no field of a filter",
                 excerpt(x.name)};
}

void add_text(json_appender& json, const char* name, const std::optional<std::string>& x) {
  if (x)
    json.member(name, *x);
}

std::optional<std::string> text_of(const std::optional<timestamp>& x) {
  return x ? std::optional{to_rfc3339(*x)} : std::nullopt;
}

} // namespace

std::string to_json(const event_filter& filter) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  if (!filter.types.empty()) {
    json.begin_array("types");
    for (const auto& x : filter.types)
      json.item(x.text());
    json.end_array();
  }
  add_text(json, "companyId", filter.company_id);
  add_text(json, "userId", filter.user_id);
  add_text(json, "correlationId", filter.correlation_id);
  add_text(json, "startDate", text_of(filter.from));
  add_text(json, "endDate", text_of(filter.to));
  if (!filter.payload.is_everything())
    json.raw("filter", filter.payload.text());
  json.end_object();
  return out;
}

expected<event_filter> filter_from_json(std::string_view json) {
  payload_view view;
  if (auto parsed = this_threads_parser().parse_payload(json, view); !parsed)
    return parsed.error();
  event_filter out;
  for (size_t i = 0; i < view.size; ++i)
    if (auto ok = read_member(out, (*view.members)[i]); !ok)
      return ok.error();
  return out;
}

} // namespace carillon
