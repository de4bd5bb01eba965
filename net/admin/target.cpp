#include "net/admin/target.hpp"

#include "base/text/utf8.hpp"
#include "net/http/target.hpp"

#include <algorithm>
#include <optional>

namespace carillon::admin {

namespace {

std::optional<unsigned> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9')
    return static_cast<unsigned>(c - '0');
  auto lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f')
    return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

/// Undoes percent-encoding; empty if the result may not appear in a target.
std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '%') {
      auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low)
        return std::nullopt;
      c = static_cast<char>(*high << 4U | *low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      return std::nullopt;
    out += c;
  }
  if (!is_utf8(out))
    return std::nullopt;
  return out;
}

/// Takes the text up to `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) noexcept {
  auto end = std::min(rest.find(separator), rest.size());
  auto out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

failure bad_target(std::string detail, std::string field = {}) {
  return {ec::invalid_argument, std::move(detail), std::move(field)};
}

expected<void> add_parameter(parameters& out, std::string_view pair) {
  auto equals = std::min(pair.find('='), pair.size());
  auto name = decode(pair.substr(0, equals), true);
  auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
  if (!name || name->empty() || !value)
    return bad_target("the query is not valid: percent-encode it as UTF-8");
  // An empty company selects data without a company.
  if (value->empty() && *name != "companyId")
    return bad_target("the parameter has no value; leave it out instead", *name);
  if (!out.emplace(*name, std::move(*value)).second)
    return bad_target("the parameter is given twice", *name);
  return {};
}

} // namespace

expected<parsed_target> parse_target(std::string_view target) {
  auto parts = data::parts_of(target);
  if (!parts)
    return bad_target("the request target has no path");
  parsed_target out;
  auto path = parts->path.substr(1);
  for (;;) {
    auto last = path.find('/') == std::string_view::npos;
    auto segment = decode(next_part(path, '/'), false);
    if (!segment)
      return bad_target("the path is not valid: percent-encode it as UTF-8");
    out.segments.push_back(std::move(*segment));
    if (last)
      break;
  }
  for (auto rest = parts->query; !rest.empty();) {
    auto pair = next_part(rest, '&');
    if (pair.empty())
      continue;
    if (auto added = add_parameter(out.query, pair); !added)
      return added.error();
  }
  return out;
}

} // namespace carillon::admin
