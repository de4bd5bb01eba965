#pragma once

#include <cstdint>
#include <string>

namespace carillon {

/// How a port is shown to other machines: `http://127.0.0.1:7070`. One that listens on all
/// addresses is shown with the name of the machine.
std::string url_of_port(const std::string& host, uint16_t port, bool has_tls);

/// How one port is shown by another of the same node. A socket that listens on every address has no
/// address to show: `port 7070`. Empty if `port` is 0.
std::string shown_port(const std::string& host, uint16_t port, bool has_tls);

} // namespace carillon
