#pragma once

#include "node/option_values.hpp"
#include "node/options/options.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace carillon {

// The kinds of options, with numbers in number_kinds.hpp and lists in list_kinds.hpp: each function
// makes one option of the table. Each gets an accessor, a function from `serve_options&` to the
// member. `get` uses it as well: it casts the constness away and does not write.

/// An option of any kind.
/// @param write formats the member's value as text
/// @param read parses a text into the member's value
template <class Access, class Write, class Read>
option_spec an_option(std::string name, std::string group, std::string unit, std::string meaning,
                      Access access, Write write, Read read) {
  option_spec out;
  out.name = std::move(name);
  out.group = std::move(group);
  out.unit = std::move(unit);
  out.meaning = std::move(meaning);
  out.get = [=](const serve_options& x) { return write(access(const_cast<serve_options&>(x))); };
  out.set = [=](serve_options& x, std::string_view text) -> expected<void> {
    auto value = read(text);
    if (!value)
      return value.error();
    access(x) = std::move(*value);
    return {};
  };
  return out;
}

template <class Access>
option_spec a_switch(std::string name, std::string group, std::string meaning, Access access) {
  auto write = [](bool x) { return std::string{x ? "true" : "false"}; };
  return an_option(std::move(name), std::move(group), "", std::move(meaning), access, write,
                   parse_switch);
}

template <class Access>
option_spec a_text(std::string name, std::string group, std::string unit, std::string meaning,
                   Access access) {
  auto write = [](const std::string& x) { return x; };
  return an_option(std::move(name), std::move(group), std::move(unit), std::move(meaning), access,
                   write, parse_text);
}

/// A secret text.
template <class Access>
option_spec a_secret(std::string name, std::string group, std::string unit, std::string meaning,
                     Access access) {
  auto out = a_text(std::move(name), std::move(group), std::move(unit), std::move(meaning), access);
  out.is_secret = true;
  return out;
}

/// @param options a port's options, with `host` and `port`
template <class Access>
option_spec an_address(std::string name, std::string group, std::string meaning, Access options) {
  option_spec out;
  out.name = std::move(name);
  out.group = std::move(group);
  out.unit = "HOST:PORT";
  out.meaning = std::move(meaning);
  out.get = [=](const serve_options& x) {
    const auto& at = options(const_cast<serve_options&>(x));
    return to_text(listen_address{at.host, at.port});
  };
  out.set = [=](serve_options& x, std::string_view text) -> expected<void> {
    auto value = parse_address(text);
    if (!value)
      return value.error();
    options(x).host = value->host;
    options(x).port = value->port;
    return {};
  };
  return out;
}

} // namespace carillon
