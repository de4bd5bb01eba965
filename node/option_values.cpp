#include "node/option_values.hpp"

#include "base/text/ascii.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/number.hpp"
#include "base/text/utf8.hpp"
#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "net/webhooks/address_guard.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include <arpa/inet.h>

namespace carillon {

namespace {

using unit = std::pair<std::string_view, uint64_t>;

// Largest first, so that printing finds the largest exact one.
constexpr std::array<unit, 4> duration_units{
  {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 3> binary_units{
  {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}}};
constexpr std::array<unit, 4> decimal_units{
  {{"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1'000}, {"", 1}}};

failure refuse(std::string_view text, std::string_view wanted) {
  return {ec::invalid_argument, "'" + std::string{text} + "' is not " + std::string{wanted}, {}};
}

/// A number followed by one of the units; empty if the text has another form or overflows.
template <size_t N>
std::optional<uint64_t> scaled(std::string_view text, const std::array<unit, N>& units) noexcept {
  auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto number = number_from(text.substr(0, digits));
  auto suffix = text.substr(digits);
  for (const auto& [name, factor] : units)
    if (number && suffix == name
        && *number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / factor)
      return *number * factor;
  return std::nullopt;
}

bool is_ip(const std::string& host) noexcept {
  std::array<unsigned char, sizeof(in6_addr)> out{};
  return ::inet_pton(AF_INET, host.c_str(), out.data()) == 1
         || ::inet_pton(AF_INET6, host.c_str(), out.data()) == 1;
}

failure beyond(std::string_view text, const std::string& low, const std::string& high) {
  return {
    ec::invalid_argument, "'" + std::string{text} + "' is not within " + low + " to " + high, {}};
}

} // namespace

expected<listen_address> parse_address(std::string_view text) {
  auto refused = refuse(text, "an address like 127.0.0.1:7070 or [::1]:7070");
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return refused;
  auto host = text.substr(0, colon);
  auto port = number_from(text.substr(colon + 1));
  if (!port || *port > std::numeric_limits<uint16_t>::max())
    return refused;
  auto bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  listen_address out{std::string{host}, static_cast<uint16_t>(*port)};
  auto is_v6 = host.find(':') != std::string_view::npos;
  if (is_v6 != bracketed || (out.host != "localhost" && !is_ip(out.host)))
    return refused;
  return out;
}

std::string to_text(const listen_address& x) {
  auto is_v6 = x.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + x.host + "]" : x.host) + ":" + std::to_string(x.port);
}

bool is_loopback(std::string_view host) noexcept {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

expected<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (auto out = scaled(text, duration_units))
    return std::chrono::milliseconds{static_cast<int64_t>(*out)};
  return refuse(text, "a duration with its unit, like 500ms, 10s, 2m or 1h");
}

std::string to_text(std::chrono::milliseconds x) {
  auto n = static_cast<uint64_t>(x.count());
  if (n == 0)
    return "0s";
  for (const auto& [name, factor] : duration_units)
    if (n % factor == 0)
      return std::to_string(n / factor) + std::string{name};
  return {};
}

expected<uint64_t> parse_bytes(std::string_view text) {
  if (auto out = scaled(text, binary_units))
    return *out;
  if (auto out = scaled(text, decimal_units))
    return *out;
  return refuse(text, "a number of bytes, like 65536, 64KiB or 8MiB");
}

std::string bytes_text(uint64_t x) {
  for (const auto& [name, factor] : binary_units)
    if (x > 0 && x % factor == 0)
      return std::to_string(x / factor) + std::string{name};
  return std::to_string(x);
}

expected<uint64_t> parse_count(std::string_view text, uint64_t low, uint64_t high) {
  auto out = number_from(text);
  if (!out || *out < low || *out > high)
    return refuse(text, "a whole number of " + std::to_string(low) + " to " + std::to_string(high));
  return *out;
}

expected<bool> parse_switch(std::string_view text) {
  for (std::string_view yes : {"true", "1", "yes", "on"})
    if (text == yes)
      return true;
  for (std::string_view no : {"false", "0", "no", "off"})
    if (text == no)
      return false;
  return refuse(text, "true or false");
}

expected<std::string> parse_text(std::string_view text) {
  return std::string{text};
}

expected<uint64_t> parse_bytes(std::string_view text, uint64_t low, uint64_t high) {
  auto value = parse_bytes(text);
  if (value && (*value < low || *value > high))
    return beyond(text, bytes_text(low), bytes_text(high));
  return value;
}

expected<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                   std::chrono::milliseconds low,
                                                   std::chrono::milliseconds high) {
  auto value = parse_duration(text);
  if (value && (*value < low || *value > high))
    return beyond(text, to_text(low), to_text(high));
  return value;
}

expected<std::vector<std::string>> parse_types(std::string_view text) {
  auto patterns = parse_patterns(text);
  if (!patterns)
    return patterns.error();
  std::vector<std::string> out;
  for (const auto& x : *patterns)
    out.push_back(x.text());
  return out;
}

expected<std::vector<std::string>> parse_cidrs(std::string_view text) {
  auto out = parse_texts(text);
  for (const auto& x : *out)
    if (auto block = address_block::parse(x); !block)
      return block.error();
  return out;
}

expected<std::vector<std::string>> parse_texts(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

expected<mailbox> parse_mailbox(std::string_view text) {
  constexpr std::string_view wanted
    = "a sender: an address, or Name <address>, without control characters";
  mailbox out;
  auto open = text.rfind('<');
  if (open == std::string_view::npos) {
    out.address = trimmed(text, " ");
  } else {
    auto rest = trimmed(text.substr(open + 1), " ");
    if (!rest.ends_with('>'))
      return refuse(text, wanted);
    out.address = trimmed(rest.substr(0, rest.size() - 1), " ");
    auto name = trimmed(text.substr(0, open), " ");
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
      name = name.substr(1, name.size() - 2);
    out.name = name;
  }
  auto fits = out.name.empty() || (is_identifier(out.name, 200) && is_utf8(out.name));
  if (!fits || !is_mail_address(out.address))
    return refuse(text, wanted);
  return out;
}

std::string to_text(const mailbox& x) {
  return x.name.empty() ? x.address : x.name + " <" + x.address + ">";
}

std::string joined(const std::vector<std::string>& xs) {
  std::string out;
  for (const auto& x : xs)
    out += (out.empty() ? "" : ",") + x;
  return out;
}

} // namespace carillon
