#include "messages/inbound/form.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace carillon {

namespace {

failure no_form(std::string detail) {
  return {ec::malformed_json, std::move(detail), {}};
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// WHATWG URL section 5.1, but a broken `%` is a fault.
std::optional<std::string> decoded(std::string_view x) {
  std::string out;
  out.reserve(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] != '%') {
      out += x[i] == '+' ? ' ' : x[i];
      continue;
    }
    if (x.size() - i < 3)
      return std::nullopt;
    const auto first = digit_of(x[i + 1]);
    const auto second = digit_of(x[i + 2]);
    if (first < 0 || second < 0)
      return std::nullopt;
    out += static_cast<char>(first * 16 + second);
    i += 2;
  }
  if (!is_utf8(out) || out.find('\0') != std::string::npos)
    return std::nullopt;
  return out;
}

using fields = std::map<std::string, std::vector<std::string>>;

expected<fields> fields_of(std::string_view body) {
  fields out;
  size_t count = 0;
  while (!body.empty()) {
    const auto end = std::min(body.find('&'), body.size());
    const auto pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty())
      continue;
    if (++count > most_form_fields)
      return failure{ec::too_large, "the form has more than 1000 fields", {}};
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value)
      return no_form("the form has a field that is not percent-encoded UTF-8");
    out[std::move(*name)].push_back(std::move(*value));
  }
  return out;
}

/// The field `payload`, if it is a JSON object.
std::string_view payload_of(const fields& all) {
  const auto found = all.find("payload");
  if (found == all.end() || found->second.size() != 1)
    return {};
  const std::string_view text = found->second.front();
  const auto begin = text.find_first_not_of(" \t\r\n");
  const auto is_object = begin != std::string_view::npos && text[begin] == '{' && is_json(text);
  return is_object ? text : std::string_view{};
}

} // namespace

expected<std::string> json_of_form(std::string_view body) {
  if (body.empty())
    return no_form("the body is empty");
  if (!is_utf8(body) || body.find('\0') != std::string_view::npos)
    return no_form("the form is not in UTF-8");
  const auto all = fields_of(body);
  if (!all)
    return all.error();
  std::string out;
  json_appender json{out};
  json.begin_object().begin_object("form");
  for (const auto& [name, values] : *all) {
    // Names of a form need escapes, unlike those that `json_appender` takes.
    if (out.back() != '{')
      out += ',';
    append_json_string(out, name);
    out += ':';
    if (values.size() == 1) {
      append_json_string(out, values.front());
      continue;
    }
    out += '[';
    for (const auto& value : values) {
      if (out.back() != '[')
        out += ',';
      append_json_string(out, value);
    }
    out += ']';
  }
  json.end_object();
  if (const auto payload = payload_of(*all); !payload.empty())
    json.raw("payload", payload);
  json.member("raw", body).end_object();
  return out;
}

} // namespace carillon
