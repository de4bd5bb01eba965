#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/events/publish.hpp"
#include "messages/inbound/live_source.hpp"
#include "messages/inbound/outcomes.hpp"
#include "messages/telemetry.hpp"
#include "net/auth/refused_access.hpp"

#include <functional>
#include <memory>

namespace carillon::data {

/// What requests of providers of webhooks need of the node. Thread-safe; shared with requests that
/// are on their way.
struct inbound_desk {
  std::shared_ptr<const inbound_book> book;
  /// Hands a call to the router; must not block.
  std::function<void(publish_call_ptr)> publish;
  /// Outlives the port.
  const type_registry* types = nullptr;
  bool accept_unknown_types = false;
  telemetry_ptr stats;
  /// As in `data_port_backend`.
  std::function<void(const refused_access&)> on_refused = {};

  void count(inbound_outcome x) const noexcept {
    stats->inbound_requests.at(static_cast<size_t>(x)).fetch_add(1, std::memory_order_relaxed);
  }
};

using inbound_desk_ptr = std::shared_ptr<const inbound_desk>;

} // namespace carillon::data
