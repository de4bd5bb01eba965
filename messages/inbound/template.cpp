#include "messages/inbound/template.hpp"

#include "base/text/ascii.hpp"
#include "messages/measures/definition.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

constexpr std::string_view header_mark = "header:";
constexpr size_t most_name_bytes = 256;

failure bad_template(std::string detail) {
  return {ec::invalid_argument, std::move(detail), {}};
}

expected<inbound_place> place_from(std::string_view text) {
  using enum inbound_place::kind;
  if (text == "sha256")
    return inbound_place{digest, {}};
  if (text.size() > most_name_bytes)
    return bad_template("a name in braces is too long");
  if (text.starts_with(header_mark)) {
    const auto name = text.substr(header_mark.size());
    if (!is_http_token(name))
      return bad_template("'" + std::string{name} + "' is no name of a header");
    auto lower = ascii_lower(name);
    // They hold what only the provider and the node shall know.
    if (lower == "authorization" || lower == "cookie" || lower == "proxy-authorization")
      return bad_template("the header " + lower + " is not kept");
    return inbound_place{header, std::move(lower)};
  }
  if (!is_member_pointer(text))
    return bad_template("in braces stands {header:NAME}, {/path/of/a/member} or {sha256}");
  return inbound_place{member, std::string{text}};
}

} // namespace

expected<inbound_template> inbound_template::parse(std::string_view text) {
  if (text.empty() || text.size() > text_bytes)
    return bad_template("the template has 1 to 512 bytes");
  inbound_template out;
  out.text_ = text;
  size_t count = 0;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    const auto literal = text.substr(0, open);
    if (literal.find('}') != std::string_view::npos)
      return bad_template("a } has no { before it");
    if (!literal.empty())
      out.parts_.push_back({std::string{literal}, {}});
    text.remove_prefix(open);
    if (text.empty())
      break;
    const auto close = text.find('}');
    if (close == std::string_view::npos)
      return bad_template("a { has no } behind it");
    auto inner = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (++count > values)
      return bad_template("the template has more than 8 values");
    auto& places = out.parts_.emplace_back().places;
    while (true) {
      const auto end = std::min(inner.find('|'), inner.size());
      auto place = place_from(inner.substr(0, end));
      if (!place)
        return place.error();
      places.push_back(std::move(*place));
      if (places.size() > alternatives)
        return bad_template("a value has more than 8 alternatives");
      if (end == inner.size())
        break;
      inner.remove_prefix(end + 1);
    }
  }
  return out;
}

bool inbound_template::is_constant() const noexcept {
  return std::all_of(parts_.begin(), parts_.end(), [](const auto& x) { return x.places.empty(); });
}

void inbound_template::each_place(const std::function<void(const inbound_place&)>& visit) const {
  for (const auto& x : parts_)
    for (const auto& y : x.places)
      visit(y);
}

expected<std::string>
inbound_template::fill(const look_up& find,
                       const std::function<std::string(std::string_view)>& shape) const {
  std::string out;
  for (const auto& x : parts_) {
    out += x.literal;
    if (x.places.empty())
      continue;
    std::optional<std::string> found;
    for (const auto& place : x.places) {
      found = find(place);
      if (found && !found->empty())
        break;
    }
    if (!found || found->empty()) {
      const auto& first = x.places.front();
      return bad_template("the delivery has no "
                          + (first.of == inbound_place::kind::header
                               ? "header " + first.name
                               : "text or number at " + first.name));
    }
    out += shape(*found);
  }
  return out;
}

std::string as_type_part(std::string_view value) {
  std::string out;
  for (const auto c : value) {
    const auto lower = ascii_lower(c);
    if (lower == '/' || lower == '.') {
      if (!out.empty() && out.back() != '.')
        out += '.';
    } else {
      const auto fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
      out += fits ? lower : '_';
    }
  }
  while (out.ends_with('.'))
    out.pop_back();
  return out;
}

} // namespace carillon
