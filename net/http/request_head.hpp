#pragma once

#include "messages/codec/codec.hpp"

#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::data {

/// The relevant parts of a request's first line and header fields. The views point into the receive
/// buffer: valid while the header is judged. Lists in several lines (RFC 9110 section 5.3) are
/// joined; other repeated fields are rejected.
struct request_head {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  std::string_view target;
  /// From the target in absolute form, else from the field (RFC 9112 section 3.2.2); it is valid.
  std::string_view host;
  std::string_view accept;
  std::string_view if_match;
  std::string_view if_none_match;
  std::string_view authorization;
  std::string_view content_type;
  std::string_view content_encoding;
  std::string_view expect;
  std::string_view origin;
  /// Of a preflight (Fetch section 3.3.2).
  std::string_view asks_method;
  std::string_view asks_fields;
  std::string_view last_event_id;
  /// W3C Trace Context; empty if it is given twice.
  std::string_view traceparent;
  /// `Carillon-Actor`, on the port for operators.
  std::string_view actor;
  std::string_view cookie;
  /// `Sec-Fetch-Site`: where the page is from that sends the request; browsers set it themselves.
  std::string_view fetch_site;
  /// SHA-256 of the client's certificate, in hexadecimal; empty without one.
  std::string_view certificate;
  /// Of an opening handshake (RFC 6455 section 4.2.1).
  std::string_view connection;
  std::string_view upgrade;
  std::string_view websocket_key;
  std::string_view websocket_version;
  std::string_view websocket_protocol;
  /// Attributes of the CloudEvents binary mode.
  std::vector<cloud_attribute> cloud;
  /// Every field, in its order, if `keeps_all`.
  std::vector<std::pair<std::string_view, std::string_view>> all;
  /// The path is one whose callers name the fields that they send.
  bool keeps_all = false;
  /// Empty if there is none or the body is chunked.
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool http11 = false;

  bool has_body() const noexcept {
    return chunked || content_length.value_or(0) > 0;
  }

  /// Clears it for the next request; keeps memory.
  void clear() {
    auto attributes = std::move(cloud);
    auto fields = std::move(all);
    attributes.clear();
    fields.clear();
    *this = request_head{};
    cloud = std::move(attributes);
    all = std::move(fields);
  }
};

} // namespace carillon::data
