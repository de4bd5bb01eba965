#pragma once

#include "tests/net/data/data_port_fixture.hpp"
#include "tests/net/data/sessions/socket_client.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace carillon::test {

/// A data port whose sessions echo their messages.
struct session_fixture : port_fixture {
  /// A session that echoes messages.
  class echo final : public session_peer {
  public:
    explicit echo(session_link_ptr link) : link_(std::move(link)) {
    }

    void on_text(std::string text) override {
      link_->say({}, text);
      link_->took();
    }

    void on_writable() override {
      ++writable;
    }

    void on_closed() override {
      closed = true;
      std::lock_guard lock{mutex_};
      // As an actor does at its end.
      link_.reset();
    }

    std::atomic<int> writable{0};
    std::atomic<bool> closed{false};

  private:
    std::mutex mutex_;
    session_link_ptr link_;
  };

  struct opened {
    session_request request;
    std::weak_ptr<session_link> link;
    std::shared_ptr<echo> peer;
  };

  std::mutex mutex;
  std::vector<opened> sessions;

  session_fixture() {
    options.sessions.dev_identities = true;
  }

  ~session_fixture() {
    if (port)
      port->stop(0ms);
  }

  data_port& start(const token_verifier* tokens = nullptr) {
    data_port_backend backend;
    backend.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
    backend.types = &types;
    backend.keys = &keys;
    backend.stats = stats;
    backend.tokens = tokens;
    backend.open_session = [this](session_request request, session_link_ptr link) {
      auto peer = std::make_shared<echo>(link);
      {
        std::lock_guard lock{mutex};
        sessions.push_back({std::move(request), link, peer});
      }
      link->bind(peer);
    };
    auto started = data_port::start(options, std::move(backend));
    REQUIRE(started.has_value());
    port = std::move(*started);
    return *port;
  }

  socket_client open(std::string_view target = "/ws?user=u-1", std::string_view fields = {}) {
    socket_client out{port->port(), target, fields};
    REQUIRE(out.greeting.status == 101);
    return out;
  }

  opened last() {
    std::lock_guard lock{mutex};
    REQUIRE(!sessions.empty());
    return sessions.back();
  }
};

} // namespace carillon::test
