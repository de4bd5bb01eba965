#pragma once

#include "messages/webhooks/http_exchange.hpp"

#include <curl/curl.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::http {

/// Progress of a request.
struct exchange_facts {
  CURLcode code = CURLE_OK;
  /// libcurl's message.
  std::string_view detail;
  /// OpenSSL's `X509_V_…` of the receiver's certificate.
  long verify_result = 0;
  bool tls = false;
  bool resolved = false;
  bool connected = false;
  bool tls_done = false;
  /// A byte of the answer came.
  bool first_byte = false;
  /// The whole head of the answer came.
  bool head_done = false;
  bool too_large = false;
  /// The receiver asked for another protocol, which was not offered.
  bool switched = false;
  /// Addresses that the guard refused, and sockets that were opened.
  size_t refused = 0;
  size_t opened = 0;
  /// The system could not create a socket.
  bool no_socket = false;
  std::chrono::milliseconds connect_deadline{};
  std::chrono::milliseconds total_deadline{};
};

struct fault_and_text {
  http_fault fault = http_fault::none;
  std::string error;
};

/// Explains `code`, which is not success, to the owner of a webhook.
fault_and_text explain(const exchange_facts& x);

/// Printable ASCII only, at most 300 bytes.
std::string printable(std::string_view text);

} // namespace carillon::http
