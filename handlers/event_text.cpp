#include "handlers/event_text.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/plain_text.hpp"
#include "base/text/uri.hpp"
#include "base/time.hpp"
#include "messages/codec/payload_reader.hpp"

#include <rapidjson/document.h>

#include <charconv>

namespace carillon {

namespace {

/// Longest id in a link.
constexpr size_t link_bytes = 128;

} // namespace

event_text::event_text(const event& x) : event_(x) {
  // Events in the log were parsed when published; an unparsable one counts as empty.
  if (auto read = read_payload(x.data))
    data_ = *read;
}

/// The view keeps short strings only.
std::string event_text::whole_text(const payload_member& x, size_t bytes) const {
  if (!x.text.empty() || x.raw.size() <= 2)
    return one_line(x.text, bytes);
  rapidjson::Document value;
  value.Parse<rapidjson::kParseIterativeFlag>(x.raw.data(), x.raw.size());
  return value.HasParseError() || !value.IsString() ? std::string{}
                                                    : one_line(view_of(value), bytes);
}

std::string event_text::text(std::string_view name, size_t bytes) const {
  const auto* x = data_.find(name);
  if (x == nullptr || x->kind != json_kind::string)
    return {};
  auto out = whole_text(*x, bytes);
  return name.ends_with("Id") ? id_text(out) : out;
}

std::string event_text::count(std::string_view name) const {
  const auto* x = data_.find(name);
  if (x == nullptr || x->kind != json_kind::integer)
    return {};
  int64_t value = 0;
  const auto* end = x->raw.data() + x->raw.size();
  auto [stop, error] = std::from_chars(x->raw.data(), end, value);
  return error == std::errc{} && stop == end ? std::to_string(value) : std::string{};
}

std::string event_text::amount(std::string_view name) const {
  const auto* x = data_.find(name);
  if (x == nullptr || (x->kind != json_kind::integer && x->kind != json_kind::number))
    return {};
  double value = 0.0;
  const auto* end = x->raw.data() + x->raw.size();
  auto [stop, error] = std::from_chars(x->raw.data(), end, value);
  if (error != std::errc{} || stop != end)
    return {};
  constexpr size_t currency_bytes = 16;
  auto currency = currency_text(text("currency", currency_bytes));
  auto out = amount_text(value, currency);
  return out.empty() || currency.empty() ? out : out + ' ' + currency;
}

std::string event_text::moment(std::string_view name) const {
  const auto* x = data_.find(name);
  if (x == nullptr || x->kind != json_kind::string)
    return {};
  auto when = from_rfc3339(x->text);
  if (!when)
    return {};
  auto out = to_rfc3339(*when);
  constexpr size_t date_chars = 10;
  constexpr size_t minute_chars = 16;
  return out.substr(0, date_chars) + ' ' + out.substr(date_chars + 1, minute_chars - date_chars - 1)
         + " UTC";
}

std::string event_text::link(std::string_view prefix, std::string_view name) const {
  const auto* x = data_.find(name);
  if (x == nullptr || x->kind != json_kind::string)
    return {};
  return link_to(prefix, x->text);
}

std::string link_to(std::string_view prefix, std::string_view id) {
  // These two cannot be escaped: browsers treat `%2E%2E` as `..`, too (URL Standard, section 4.4),
  // and the link would leave `prefix`.
  if (id.empty() || id.size() > link_bytes || id == "." || id == "..")
    return {};
  return std::string{prefix} + as_path_segment(id);
}

} // namespace carillon
