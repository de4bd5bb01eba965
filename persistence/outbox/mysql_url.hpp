#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>

namespace carillon {

/// How far a connection to MySQL is protected, as libpq's `sslmode`.
enum class mysql_tls : uint8_t { disable, prefer, require, verify_full };

/// The parts of `mysql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…&socket=…`.
struct mysql_url {
  std::string host = "127.0.0.1";
  uint16_t port = 3306;
  std::string user;
  std::string password;
  std::string database;
  /// A local socket instead of host and port; empty = none.
  std::string socket;
  mysql_tls tls = mysql_tls::verify_full;
  /// Authority of the server's certificate, a PEM file; empty = those that the system trusts.
  std::string authority;
};

/// Parses such a URL, also with the scheme `mariadb`. Without `sslmode`, a host of loopback and a
/// socket are `prefer`, all others `verify-full`. Errors: `invalid_argument`; the detail shows no
/// part of the URL.
expected<mysql_url> parse_mysql_url(const std::string& text);

} // namespace carillon
