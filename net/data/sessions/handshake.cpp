#include "net/data/sessions/handshake.hpp"

#include "base/text/base64.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace carillon::sessions {

namespace {

using boost::beast::iequals;
using data::refusal;
using data::request_head;

constexpr int upgrade_required = 426;

refusal handshake_refusal(ec code, std::string detail, std::string field = {}) {
  return {.why = {code, std::move(detail), std::move(field)}};
}

refusal not_an_upgrade(std::string detail) {
  auto out = handshake_refusal(ec::invalid_argument, std::move(detail));
  out.status = upgrade_required;
  out.fields = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  return out;
}

} // namespace

bool has_token(std::string_view list, std::string_view token) {
  boost::beast::http::token_list all{{list.data(), list.size()}};
  return std::any_of(all.begin(), all.end(), [&](const auto& x) { return iequals(x, token); });
}

std::string accept_of(std::string_view key) {
  constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::string text{key};
  text += guid;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw std::bad_alloc{};
  return to_base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::optional<refusal> check_handshake(const request_head& head) {
  if (!head.http11 || !has_token(head.connection, "upgrade")
      || !has_token(head.upgrade, "websocket"))
    return not_an_upgrade("this path is for WebSocket: send an opening handshake");
  if (head.websocket_version != "13")
    return not_an_upgrade("only version 13 of WebSocket is spoken here");
  constexpr size_t key_bytes = 16;
  if (auto key = from_base64(head.websocket_key); !key || key->size() != key_bytes)
    return handshake_refusal(ec::invalid_argument, "the key is not 16 bytes in base64",
                             "Sec-WebSocket-Key");
  return std::nullopt;
}

} // namespace carillon::sessions
