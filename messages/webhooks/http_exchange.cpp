#include "messages/webhooks/http_exchange.hpp"

namespace carillon {

std::string_view to_string(http_fault x) noexcept {
  switch (x) {
  case http_fault::none:
    return "";
  case http_fault::url:
    return "url";
  case http_fault::dns:
    return "dns";
  case http_fault::address_refused:
    return "address_refused";
  case http_fault::connect:
    return "connect";
  case http_fault::tls:
    return "tls";
  case http_fault::timeout:
    return "timeout";
  case http_fault::protocol:
    return "protocol";
  case http_fault::too_large:
    return "too_large";
  case http_fault::message:
    return "message";
  case http_fault::not_sent:
    return "not_sent";
  }
  return "";
}

bool tells_of_network(http_fault x) noexcept {
  return x == http_fault::dns || x == http_fault::address_refused;
}

} // namespace carillon
