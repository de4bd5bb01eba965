#pragma once

#include "tests/net/raw_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon::test {

/// A received frame (RFC 6455 section 5.2).
struct frame {
  bool fin = false;
  uint8_t reserved = 0;
  uint8_t opcode = 0;
  bool masked = false;
  std::string payload;
  /// False if the connection ended, or nothing came.
  bool came = false;

  /// Of a close; 1005 if it has none.
  uint16_t code() const {
    if (payload.size() < 2)
      return 1005;
    return static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8
                                 | static_cast<uint8_t>(payload[1]));
  }
};

constexpr uint8_t op_continuation = 0x0;
constexpr uint8_t op_text = 0x1;
constexpr uint8_t op_binary = 0x2;
constexpr uint8_t op_close = 0x8;
constexpr uint8_t op_ping = 0x9;
constexpr uint8_t op_pong = 0xa;

/// Form of a client's frame; each part can be made invalid.
struct frame_form {
  bool fin = true;
  uint8_t reserved = 0;
  bool masked = true;
  /// Bytes of the extended length: 0, 2, 8; -1 = as few as are needed.
  int length_bytes = -1;
  /// Announced instead of the payload's own; 0 = that one.
  uint64_t announced = 0;
};

inline std::string frame_text(uint8_t opcode, std::string_view payload, frame_form form = {}) {
  std::string out;
  out += static_cast<char>((form.fin ? 0x80 : 0) | form.reserved << 4 | opcode);
  auto size = form.announced != 0 ? form.announced : payload.size();
  auto bytes = form.length_bytes;
  if (bytes < 0)
    bytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  auto mask_bit = form.masked ? 0x80 : 0;
  out += static_cast<char>(mask_bit
                           | (bytes == 0   ? static_cast<int>(size)
                              : bytes == 2 ? 126
                                           : 127));
  for (int i = bytes - 1; i >= 0; --i)
    out += static_cast<char>(size >> (8 * i) & 0xff);
  if (!form.masked)
    return out.append(payload);
  constexpr std::string_view mask = "\x37\xfa\x21\x3d";
  out += mask;
  for (size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

inline std::string close_payload(uint16_t code, std::string_view reason = {}) {
  std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return out.append(reason);
}

inline std::string handshake(std::string_view target = "/ws", std::string_view fields = {}) {
  std::string out = "GET ";
  out += target;
  out += " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  out += fields;
  return out + "\r\n";
}

/// The client's side of a WebSocket, valid or invalid as a test requires.
class socket_client {
public:
  explicit socket_client(uint16_t port, std::string_view target = "/ws",
                         std::string_view fields = {}, int receive_buffer = 0)
    : raw(port, receive_buffer) {
    raw.send(handshake(target, fields));
    raw.head_only = true;
    greeting = raw.read();
  }

  frame read() {
    frame out;
    auto head = raw.take(2);
    if (head.size() < 2)
      return out;
    auto first = static_cast<uint8_t>(head[0]);
    auto second = static_cast<uint8_t>(head[1]);
    out.fin = (first & 0x80) != 0;
    out.reserved = first >> 4 & 7;
    out.opcode = first & 0xf;
    out.masked = (second & 0x80) != 0;
    uint64_t size = second & 0x7f;
    if (size >= 126) {
      auto more = raw.take(size == 126 ? 2 : 8);
      size = 0;
      for (char x : more)
        size = size << 8 | static_cast<uint8_t>(x);
    }
    out.payload = raw.take(size);
    out.came = out.payload.size() == size;
    return out;
  }

  bool send(uint8_t opcode, std::string_view payload, frame_form form = {}) {
    return raw.send(frame_text(opcode, payload, form));
  }

  raw_client raw;
  answer greeting;
};

} // namespace carillon::test
