#pragma once

#include "tests/net/data/sessions/socket_client.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::test {

/// A message of a stream.
struct stream_message {
  std::string id;
  std::string type;
  std::string data;
};

/// A parser of Server-Sent Events.
class stream_client {
public:
  stream_client(uint16_t port, const std::string& query, const std::string& fields = {})
    : raw_(port) {
    raw_.send("GET /api/events/stream" + query + " HTTP/1.1\r\nHost: localhost\r\n" + fields
              + "\r\n");
    raw_.head_only = true;
    greeting = raw_.read();
  }

  /// The next message; empty if the connection ended, or nothing came.
  std::optional<stream_message> read() {
    std::string text;
    while (!text.ends_with("\n\n")) {
      auto c = raw_.take(1);
      if (c.empty())
        return std::nullopt;
      text += c;
    }
    stream_message out;
    size_t from = 0;
    bool has_data = false;
    for (auto end = text.find('\n'); end + 1 < text.size(); end = text.find('\n', from)) {
      auto line = text.substr(from, end - from);
      from = end + 1;
      for (auto [name, value] : {std::pair{"id: ", &out.id}, std::pair{"event: ", &out.type}})
        if (line.starts_with(name))
          *value = line.substr(std::string_view{name}.size());
      constexpr std::string_view data = "data: ";
      if (line.starts_with(data))
        out.data += (std::exchange(has_data, true) ? "\n" : "") + line.substr(data.size());
    }
    return out;
  }

  /// The next event; empty at the end.
  std::optional<stream_message> event() {
    for (auto x = read(); x; x = read())
      if (x->type.empty() && !x->data.empty())
        return x;
    return std::nullopt;
  }

  bool ended() {
    return raw_.closed();
  }

  answer greeting;

private:
  raw_client raw_;
};

} // namespace carillon::test
