#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

/// A setting in force, as operators see it: without secrets.
struct shown_setting {
  std::string name;
  /// Heading.
  std::string group;
  std::string value;
  /// What it is if nobody sets it.
  std::string standard;
  std::string meaning;
};

/// The portal, see `portal_tokens`.
struct portal_options {
  /// Pages of these origins may show the portal in a frame; each `admin::is_frame_origin`. Empty =
  /// no portal.
  std::vector<std::string> origins = {};
  /// Webhooks of a company beyond which its tokens register no further one; 1–1000.
  size_t endpoints = 50;
};

/// Limits of the admin port.
struct admin_port_options {
  std::string host = "127.0.0.1";
  uint16_t port = 7071;
  /// Worker threads = requests at a time. Only complete, permitted requests reach one; `/healthz`,
  /// `/readyz` and `/metrics` have their own threads.
  size_t threads = 8;
  /// Most threads of one API key; 0 = half of them. Further requests of the key wait, up to half of
  /// `waiting`; beyond that they are answered 429.
  size_t threads_per_key = 0;
  size_t body_bytes = 1024UL * 1024;
  /// How long an actor may take to answer.
  std::chrono::milliseconds request_deadline{30'000};
  size_t header_bytes = 16UL * 1024;
  /// Requests that may wait for a thread; one more is answered 503.
  size_t waiting = 64;
  /// Open connections; beyond it the oldest idle one is closed.
  size_t max_connections = 1'000;
  /// Open connections of one address; 0 = no limit. One more is answered 429 and closed.
  size_t connections_per_address = 0;
  /// A connection without a request is closed.
  std::chrono::milliseconds idle{60'000};
  /// Pages of these origins may call the port, beside its own. `*` = of all, with an API key.
  std::vector<std::string> origins = {};
  /// From the first byte of a request to its last.
  std::chrono::milliseconds receive_deadline{10'000};
  /// A client that does not read its answer is disconnected.
  std::chrono::milliseconds write_deadline{10'000};
  /// As in `data_port_options`.
  std::chrono::milliseconds handshake_deadline{10'000};
  size_t handshakes = 512;
  /// As for the data port, for `POST /api/publish`: an event has at most `event_bytes`, and
  /// `body_bytes` as well.
  size_t event_bytes = 1024UL * 1024;
  bool accept_unknown_types = false;
  portal_options portal = {};
  /// What the node was started with, for `GET /api/node`; may be empty.
  std::vector<shown_setting> settings = {};
};

} // namespace carillon
