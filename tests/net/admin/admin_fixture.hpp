#pragma once

#include "net/admin/admin_port.hpp"
#include "tests/net/admin/admin_actors.hpp"
#include "tests/net/admin/admin_webhook_actors.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>
#include <httplib.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

namespace carillon::test {

/// An answer with its JSON, if it has some.
struct admin_answer {
  int status = 0;
  std::string body;
  httplib::Headers fields;
  rapidjson::Document json;

  std::string field(const std::string& name) const;

  /// The text at a JSON pointer; empty if there is none.
  std::string text(const char* pointer) const;

  /// The number at a JSON pointer; -1 if there is none.
  int64_t number(const char* pointer) const;

  /// True if the value at a JSON pointer exists and is true.
  bool is_true(const char* pointer) const;

  bool is_null(const char* pointer) const;

  size_t size(const char* pointer) const;

  std::string code() const {
    return text("/code");
  }
};

/// Sends a request to a port; `key` is what follows `Bearer`, empty for none.
admin_answer send_to(uint16_t port, const std::string& method, const std::string& path,
                     const std::string& key, const std::string& body = {},
                     httplib::Headers fields = {});

/// An admin port on loopback before fake actors, with one key of each kind.
class admin_fixture {
public:
  /// @param with_webhooks false for a node without webhooks
  explicit admin_fixture(admin_port_options options = defaults(), bool with_webhooks = true);
  admin_fixture(const admin_fixture&) = delete;
  admin_fixture& operator=(const admin_fixture&) = delete;
  ~admin_fixture();

  static admin_port_options defaults();

  /// Sends a request; `key` is the text of an API key, empty for none.
  admin_answer send(const std::string& method, const std::string& path, const std::string& key,
                    const std::string& body = {}, httplib::Headers fields = {});

  /// Asks /readyz until it says that the node waits for this, empty if for nothing. On a busy
  /// machine a probe is answered before the check that it asked for has ended.
  admin_answer readiness(std::string_view waiting_for = {});

  admin_answer get(const std::string& path) {
    return send("GET", path, admin);
  }

  admin_answer post(const std::string& path, const std::string& body = {}) {
    return send("POST", path, admin, body);
  }

  admin_answer put(const std::string& path, const std::string& body) {
    return send("PUT", path, admin, body);
  }

  admin_answer patch(const std::string& path, const std::string& body) {
    return send("PATCH", path, admin, body);
  }

  admin_answer remove(const std::string& path) {
    return send("DELETE", path, admin);
  }

  /// Adds events 1 … n, odd ones of company A, even ones of B.
  void add_events(size_t n);

  uint16_t port() const {
    return port_->port();
  }

  std::vector<refused_access> refusals();

  /// Locks the data of the fake actors.
  std::unique_lock<std::mutex> lock() {
    return std::unique_lock{data.mutex};
  }

  admin_data data;
  type_registry types;
  key_ring keys;
  telemetry_ptr stats = std::make_shared<telemetry>();
  std::string waits_for;
  std::string publisher, reader, admin, reader_a, admin_a;
  /// Of tokens of the portal: what its clock is ahead.
  std::atomic<std::chrono::microseconds> ahead{std::chrono::microseconds{0}};

private:
  /// Fakes of one state actor; without those for webhooks, if there are none.
  state_handles spawn_state(bool with_webhooks);

  struct config : caf::actor_system_config {
    config();
  };

  std::string add_key(role r, const std::string& company);

  config cfg_;
  caf::actor_system sys_{cfg_};
  std::vector<refused_access> refusals_;
  std::mutex refusals_mutex_;
  std::vector<caf::actor> actors_;

public:
  /// Last, so that it ends first.
  std::unique_ptr<admin_port> port_;
};

} // namespace carillon::test
