#include "persistence/outbox/mysql_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace carillon {

namespace {

failure refuse_mysql(const std::string& why) {
  return {ec::invalid_argument,
          "the address is none of MySQL: " + why
            + "; it is mysql://USER:PASSWORD@HOST:PORT/DATABASE, with what is no letter or digit "
              "in a user or a password as %XX",
          "from"};
}

std::optional<mysql_tls> tls_of(std::string_view mode) {
  if (mode == "disable")
    return mysql_tls::disable;
  if (mode == "prefer")
    return mysql_tls::prefer;
  if (mode == "require")
    return mysql_tls::require;
  if (mode == "verify-full")
    return mysql_tls::verify_full;
  return std::nullopt;
}

bool is_loopback(const mysql_url& x) {
  return !x.socket.empty() || x.host == "localhost" || x.host == "::1" || x.host == "[::1]"
         || x.host.starts_with("127.");
}

expected<void> read_parameters(const boost::urls::url_view& url, mysql_url& out,
                               std::optional<mysql_tls>& tls) {
  for (const auto& x : url.params()) {
    const std::string name = x.key;
    const std::string value = x.value;
    if (name == "sslmode") {
      tls = tls_of(value);
      if (!tls)
        return refuse_mysql("sslmode is one of disable, prefer, require, verify-full");
    } else if (name == "sslrootcert") {
      out.authority = value;
    } else if (name == "socket") {
      out.socket = value;
    } else {
      return refuse_mysql("it has a parameter other than sslmode, sslrootcert, socket");
    }
  }
  return {};
}

} // namespace

expected<mysql_url> parse_mysql_url(const std::string& text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed)
    return refuse_mysql("it cannot be read");
  const auto& url = *parsed;
  if (url.scheme() != "mysql" && url.scheme() != "mariadb")
    return refuse_mysql("its scheme is another one");
  mysql_url out;
  if (auto host = url.host_address(); !host.empty())
    out.host = host;
  if (url.has_port()) {
    // Of a number that is too large, the library gives the rest.
    const std::string port = url.port();
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size() || out.port == 0)
      return refuse_mysql("the port is no number from 1 to 65535");
  }
  out.user = url.user();
  out.password = url.password();
  const std::string path = url.path();
  if (path.size() < 2 || path.find('/', 1) != std::string::npos)
    return refuse_mysql("it names no database");
  out.database = path.substr(1);
  std::optional<mysql_tls> tls;
  if (auto read = read_parameters(url, out, tls); !read)
    return read.error();
  out.tls = tls ? *tls : is_loopback(out) ? mysql_tls::prefer : mysql_tls::verify_full;
  return out;
}

} // namespace carillon
