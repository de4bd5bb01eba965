#include "net/webhooks/address_guard.hpp"

#include "base/text/utf8.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace carillon {

namespace {

using special_block = address_guard::special_block;

/// IANA IPv4 and IPv6 Special-Purpose Address Registries, and additions.
constexpr auto specials = std::to_array<special_block>({
  {"0.0.0.0/8", "this network (RFC 791)"},
  {"10.0.0.0/8", "private (RFC 1918)"},
  {"100.64.0.0/10", "shared, carrier-grade NAT (RFC 6598); Alibaba's metadata"},
  {"127.0.0.0/8", "loopback (RFC 1122)"},
  {"168.63.129.16/32", "Azure's host services, a public address that is none"},
  {"169.254.0.0/16", "link-local (RFC 3927); metadata of most clouds"},
  {"172.16.0.0/12", "private (RFC 1918)"},
  {"192.0.0.0/24", "IETF protocol assignments (RFC 6890); Oracle's metadata"},
  {"192.0.2.0/24", "documentation (RFC 5737)"},
  {"192.31.196.0/24", "AS112 (RFC 7535)"},
  {"192.52.193.0/24", "AMT (RFC 7450)"},
  {"192.88.99.0/24", "6to4 relay (RFC 7526)"},
  {"192.168.0.0/16", "private (RFC 1918)"},
  {"192.175.48.0/24", "AS112 (RFC 7534)"},
  {"198.18.0.0/15", "benchmarking (RFC 2544)"},
  {"198.51.100.0/24", "documentation (RFC 5737)"},
  {"203.0.113.0/24", "documentation (RFC 5737)"},
  {"224.0.0.0/4", "multicast (RFC 5771)"},
  {"240.0.0.0/4", "reserved (RFC 1112)"},
  {"255.255.255.255/32", "broadcast (RFC 8190)"},
  {"::/128", "unspecified (RFC 4291)"},
  {"::1/128", "loopback (RFC 4291)"},
  {"::/96", "IPv4-compatible (RFC 4291)"},
  {"::ffff:0:0/96", "IPv4-mapped (RFC 4291)"},
  {"::ffff:0:0:0/96", "IPv4-translated (RFC 2765)"},
  {"64:ff9b::/96", "NAT64 (RFC 6052)"},
  {"64:ff9b:1::/48", "NAT64, local (RFC 8215)"},
  {"100::/64", "discard (RFC 6666)"},
  {"100:0:0:1::/64", "dummy prefix (RFC 9780)"},
  {"::/3", "not global unicast"},
  {"2001::/23", "IETF protocol assignments (RFC 2928)"},
  {"2001::/32", "Teredo (RFC 4380)"},
  {"2001:2::/48", "benchmarking (RFC 5180)"},
  {"2001:3::/32", "AMT (RFC 7450)"},
  {"2001:4:112::/48", "AS112 (RFC 7535)"},
  {"2001:10::/28", "ORCHID (RFC 4843)"},
  {"2001:20::/28", "ORCHIDv2 (RFC 7343)"},
  {"2001:30::/28", "DRIP (RFC 9374)"},
  {"2001:db8::/32", "documentation (RFC 3849)"},
  {"2002::/16", "6to4 (RFC 3056)"},
  {"2620:4f:8000::/48", "AS112 (RFC 7534)"},
  {"3fff::/20", "documentation (RFC 9637)"},
  {"4000::/2", "not global unicast"},
  {"5f00::/16", "segment routing (RFC 9602)"},
  {"8000::/1", "not global unicast"},
  {"fc00::/7", "unique local (RFC 4193)"},
  {"fe80::/10", "link-local (RFC 4291)"},
  {"fec0::/10", "site-local (RFC 3879)"},
  {"ff00::/8", "multicast (RFC 4291)"},
});

std::vector<address_block> parse_specials() {
  std::vector<address_block> out;
  for (const auto& x : specials)
    out.push_back(address_block::parse(x.cidr).value());
  return out;
}

bool holds(const std::vector<address_block>& blocks, std::span<const uint8_t> address) noexcept {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const address_block& x) { return x.holds(address); });
}

const std::vector<address_block>& special_set() {
  static const auto out = parse_specials();
  return out;
}

constexpr std::array<uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool bit(std::span<const uint8_t> bytes, size_t index) noexcept {
  return ((bytes[index / 8] >> (7 - index % 8)) & 1) != 0;
}

failure bad_block(std::string_view text) {
  return {ec::invalid_argument,
          "\"" + excerpt(text) + "\" is not an address range, write e.g. 10.1.0.0/16 or fd00::/8",
          {}};
}

} // namespace

// address_block

expected<address_block> address_block::parse(std::string_view text) {
  auto slash = text.find('/');
  // inet_pton() wants a terminated string and takes no other spelling than four decimals.
  std::string address{text.substr(0, slash)};
  address_block out;
  out.v6 = address.find(':') != std::string::npos;
  if (address.find('\0') != std::string::npos
      || ::inet_pton(out.v6 ? AF_INET6 : AF_INET, address.c_str(), out.bytes.data()) != 1)
    return bad_block(text);
  size_t most = out.v6 ? 128 : 32;
  out.bits = most;
  if (slash != std::string_view::npos) {
    auto length = text.substr(slash + 1);
    const auto* end = length.data() + length.size();
    auto [at, error] = std::from_chars(length.data(), end, out.bits);
    if (length.empty() || error != std::errc{} || at != end || out.bits > most)
      return bad_block(text);
  }
  for (auto i = out.bits; i < most; ++i)
    if (bit(out.bytes, i))
      return bad_block(text);
  return out;
}

bool address_block::holds(std::span<const uint8_t> address) const noexcept {
  if (address.size() != (v6 ? 16U : 4U))
    return false;
  auto whole = bits / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.begin()))
    return false;
  auto rest = bits % 8;
  return rest == 0 || ((bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

// address_guard

address_guard::address_guard(std::vector<address_block> allow) : allow_(std::move(allow)) {
}

expected<address_guard> address_guard::make(const address_guard_options& options) {
  std::vector<address_block> allow;
  for (const auto& text : options.allow) {
    auto block = address_block::parse(text);
    if (!block)
      return block.error();
    allow.push_back(*block);
  }
  // Built here, so that permits() never allocates.
  special_set();
  return address_guard{std::move(allow)};
}

std::span<const special_block> address_guard::special_blocks() noexcept {
  return specials;
}

bool address_guard::permits(const sockaddr* address) const noexcept {
  if (address == nullptr)
    return false;
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof(in));
    v4_bytes bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return permits(bytes);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof(in));
    v6_bytes bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return permits(bytes);
  }
  return false;
}

bool address_guard::permits(const v4_bytes& address) const noexcept {
  return allows(address) || !holds(special_set(), address);
}

bool address_guard::permits(const v6_bytes& address) const noexcept {
  if (allows(address))
    return true;
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin()))
    return allows(std::span{address}.subspan<12>());
  return !holds(special_set(), address);
}

bool address_guard::allows(std::span<const uint8_t> address) const noexcept {
  return holds(allow_, address);
}

} // namespace carillon
