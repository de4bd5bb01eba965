#pragma once

#include "base/failure.hpp"
#include "handlers/email/mail_message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// Text forms of option values, the same in flags, environment and files. Every error is
// `invalid_argument` and names the expected form.

/// An address to listen on.
struct listen_address {
  /// An IP address, without brackets, or `localhost`.
  std::string host;
  /// 0 = any free port.
  uint16_t port = 0;
};

/// Parses `127.0.0.1:7070`, `[::1]:7070` or `localhost:0`.
expected<listen_address> parse_address(std::string_view text);

/// Inverse of `parse_address`; brackets around IPv6.
std::string to_text(const listen_address& x);

/// True if only this machine can reach it.
bool is_loopback(std::string_view host) noexcept;

/// Parses a whole number and a unit: `500ms`, `10s`, `2m`, `1h`.
expected<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The same, of `low` to `high`.
expected<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                   std::chrono::milliseconds low,
                                                   std::chrono::milliseconds high);

/// In the largest unit that is exact.
std::string to_text(std::chrono::milliseconds x);

/// Parses bytes: `65536`, `64KiB`, `8MiB`, `1GiB`, or decimal `kB`, `MB`, `GB`.
expected<uint64_t> parse_bytes(std::string_view text);

/// The same, of `low` to `high`.
expected<uint64_t> parse_bytes(std::string_view text, uint64_t low, uint64_t high);

/// In the largest binary unit that is exact.
std::string bytes_text(uint64_t x);

/// Parses a whole number of `low` to `high`.
expected<uint64_t> parse_count(std::string_view text, uint64_t low, uint64_t high);

/// Parses `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`.
expected<bool> parse_switch(std::string_view text);

/// Accepts any text.
expected<std::string> parse_text(std::string_view text);

/// Parses a list of texts with commas between them; an empty text = an empty list.
expected<std::vector<std::string>> parse_texts(std::string_view text);

/// The same, of patterns for types.
expected<std::vector<std::string>> parse_types(std::string_view text);

/// The same, of blocks of addresses like `10.0.0.0/8`.
expected<std::vector<std::string>> parse_cidrs(std::string_view text);

/// Parses `ada@example.com`, `Ada <ada@example.com>` or `"Ada, Countess" <ada@example.com>`.
expected<mailbox> parse_mailbox(std::string_view text);

/// Inverse of `parse_mailbox`.
std::string to_text(const mailbox& x);

/// Inverse of `parse_texts`.
std::string joined(const std::vector<std::string>& xs);

} // namespace carillon
