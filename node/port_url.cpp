#include "node/port_url.hpp"

#include "node/node_name.hpp"

namespace carillon {

std::string shown_port(const std::string& host, uint16_t port, bool has_tls) {
  if (port == 0)
    return {};
  if (host == "0.0.0.0" || host == "::")
    return "port " + std::to_string(port);
  auto name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return (has_tls ? "https://" : "http://") + name + ':' + std::to_string(port);
}

std::string url_of_port(const std::string& host, uint16_t port, bool has_tls) {
  if (host != "0.0.0.0" && host != "::")
    return shown_port(host, port, has_tls);
  return shown_port(name_of_machine(), port, has_tls);
}

} // namespace carillon
