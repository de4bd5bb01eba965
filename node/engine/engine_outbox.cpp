#include "actors/outbox/router_target.hpp"
#include "node/engine/engine_parts.hpp"

#include <utility>

// The outboxes that an engine moves into its log.

namespace carillon {

std::shared_ptr<const relay_counts>
engine::parts::spawn_outbox(std::shared_ptr<outbox_source> source, const std::string& what) {
  auto report = [tell = options.storage.on_trouble, what](const std::string& line) {
    if (tell)
      tell(what + ": " + line);
  };
  auto target = std::make_shared<router_target>(router, types, options.accept_unknown_types);
  auto counts = std::make_shared<relay_counts>();
  auto relay = std::make_shared<outbox_relay>(std::move(source), std::move(target),
                                              std::move(report), relay_options{}, counts);
  relays.push_back(relay);
  auto mover = sys.spawn<caf::detached>(outbox_mover, std::move(relay));
  movers.push_back(mover);
  watched.add(mover, "what moves " + what);
  return counts;
}

/// A request of an operator, and the stop that waits for it, end before a relay would give up.
const outbox_options for_operator{.statement_timeout = std::chrono::seconds{10},
                                  .lock_timeout = std::chrono::seconds{5}};

expected<std::unique_ptr<outbox_source>> engine::parts::outbox_named(std::string_view name) {
  if (name == outbox_names.front() && outboxes.front() != nullptr)
    return store->open_outbox();
  if (name == outbox_names.back() && outboxes.back() != nullptr)
    return open_outbox(options.outbox.from, for_operator);
  return failure{ec::not_found, "this node moves no outbox of that name", "name"};
}

expected<void> engine::parts::spawn_outboxes() {
  if (options.outbox.own)
    if (auto own = store->open_outbox())
      outboxes.front() = spawn_outbox(std::move(own), "the outbox");
  if (options.outbox.from.empty())
    return {};
  auto other = open_outbox(options.outbox.from, {});
  if (!other)
    return failure{other.error().code, other.error().detail, "outbox-from"};
  outboxes.back() = spawn_outbox(std::move(*other), "the outbox of another database");
  return {};
}

} // namespace carillon
