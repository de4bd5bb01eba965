#pragma once

#include "messages/sessions/interfaces.hpp"

#include <caf/send.hpp>

#include <string>
#include <utility>

namespace carillon {

/// Forwards the input of a session's client.
class actor_peer final : public session_peer {
public:
  explicit actor_peer(session_actor to) : to_(std::move(to)) {
  }

  void on_text(std::string text) override {
    caf::anon_send(to_, std::move(text));
  }

  void on_writable() override {
    caf::anon_send(to_, atom::writable_v);
  }

  void on_closed() override {
    caf::anon_send(to_, atom::closed_v);
  }

private:
  session_actor to_;
};

} // namespace carillon
