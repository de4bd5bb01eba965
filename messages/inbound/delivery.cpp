#include "messages/inbound/delivery.hpp"

#include "base/crypto/sha256.hpp"
#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"
#include "messages/access/claim.hpp"
#include "messages/inbound/form.hpp"
#include "messages/measures/member_scan.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace carillon {

namespace {

/// Slack's are 52 bytes.
constexpr size_t most_challenge_bytes = 256;

/// Finds the values of templates in a delivery.
class value_finder {
public:
  value_finder(const inbound_source& of, const inbound_headers& headers, std::string_view body,
               std::string_view data)
    : headers_(headers), body_(body) {
    const auto add = [this](const inbound_place& x) {
      if (x.of == inbound_place::kind::member)
        pointers_.push_back(x.name);
    };
    of.type.each_place(add);
    of.id.each_place(add);
    scan_members(data, pointers_, members_);
  }

  std::optional<std::string> operator()(const inbound_place& x) const {
    if (x.of == inbound_place::kind::digest)
      return try_sha256_hex(body_);
    if (x.of == inbound_place::kind::header)
      return std::string{header_in(headers_, x.name)};
    const auto found = std::find(pointers_.begin(), pointers_.end(), x.name);
    const auto& member = members_[static_cast<size_t>(found - pointers_.begin())];
    if (member.kind != member_kind::string && member.kind != member_kind::number)
      return std::nullopt;
    return member.text;
  }

private:
  const inbound_headers& headers_;
  std::string_view body_;
  std::vector<std::string> pointers_;
  std::vector<scanned_member> members_;
};

expected<std::string> filled(const inbound_template& x, const value_finder& find,
                             const std::function<std::string(std::string_view)>& shape,
                             const char* field) {
  auto out = x.fill(find, shape);
  if (out)
    return out;
  return failure{out.error().code, out.error().detail, field};
}

void put_metadata(json_appender& json, std::string& out, const inbound_source& of,
                  const inbound_request& request, const inbound_data& data) {
  json.begin_object("metadata")
    .begin_object("inbound")
    .member("source", of.name)
    .member("preset", name_of(of.preset))
    .member("contentType", request.content_type)
    .begin_object("headers");
  for (const auto& name : kept_headers(of)) {
    const auto value = header_in(request.headers, name);
    if (value.empty())
      continue;
    if (out.back() != '{')
      out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  json.end_object()
    .member_unless_empty("before", data.before)
    .member_unless_empty("after", data.after)
    .end_object()
    .end_object();
}

expected<void> check_texts(const inbound_request& x) {
  for (const auto& [name, value] : x.headers)
    if (!is_utf8(value))
      return failure{ec::invalid_argument, "the header " + name + " is not in UTF-8", name};
  if (!is_utf8(x.content_type))
    return failure{ec::invalid_argument, "the header content-type is not in UTF-8", {}};
  return {};
}

} // namespace

expected<inbound_data> inbound_data_of(std::string_view body, bool is_form) {
  inbound_data out;
  if (is_form) {
    auto json = json_of_form(body);
    if (!json)
      return json.error();
    out.json = std::move(*json);
    return out;
  }
  const auto value = trimmed(body, blanks_and_line_ends);
  if (value.empty())
    return failure{ec::malformed_json, "the body is empty", {}};
  // Checked alone before it becomes part of a larger text: otherwise it could close its object and
  // add members of its own.
  if (!is_json(value))
    return failure{ec::malformed_json, "the body is not JSON in UTF-8", {}};
  const auto begin = static_cast<size_t>(value.data() - body.data());
  out.before = body.substr(0, begin);
  out.after = body.substr(begin + value.size());
  if (value.starts_with('{'))
    out.json = value;
  else
    json_appender{out.json}.begin_object().raw("body", value).end_object();
  return out;
}

std::optional<std::string> slack_challenge_of(const inbound_data& x) {
  const std::array<std::string, 2> pointers{"/type", "/challenge"};
  std::vector<scanned_member> found;
  scan_members(x.json, pointers, found);
  const auto asks = found[0].kind == member_kind::string && found[0].text == "url_verification"
                    && found[1].kind == member_kind::string
                    && found[1].text.size() <= most_challenge_bytes;
  return asks ? std::optional{std::move(found[1].text)} : std::nullopt;
}

expected<draft_ptr> inbound_draft(const live_source& of, const inbound_request& request,
                                  std::string_view body, const inbound_data& data,
                                  const parse_context& ctx) {
  if (auto fit = check_texts(request); !fit)
    return fit.error();
  const auto& source = of.source;
  const value_finder find{source, request.headers, body, data.json};
  const auto type = filled(source.type, find, as_type_part, "type");
  if (!type)
    return type.error();
  const auto id = filled(
    source.id, find, [](std::string_view x) { return std::string{x}; }, "id");
  if (!id)
    return id.error();
  std::string text;
  text.reserve(data.json.size() + 1'024);
  json_appender json{text};
  json.begin_object()
    .member("type", *type)
    .member("id", *id)
    .member("source", event_source_of(source))
    .member_unless_empty("companyId", source.company_id);
  put_metadata(json, text, source, request, data);
  json.raw("data", data.json).end_object();
  auto context = ctx;
  context.company_id = source.company_id;
  auto draft = parse_event(text, context);
  if (!draft)
    return draft;
  principal who;
  who.role = role::publisher;
  who.company_id = source.company_id;
  if (auto claimed = claim(**draft, who); !claimed)
    return claimed.error();
  return draft;
}

} // namespace carillon
