#pragma once

#include "base/failure.hpp"
#include "messages/events/filter.hpp"
#include "messages/events/interfaces.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// A way to a subscriber of another process. Thread-safe; the methods don't block and do nothing
/// once the subscriber is gone.
class remote_link {
public:
  virtual ~remote_link() = default;

  /// Sends events in the order of their positions; everything up to `up_to` is among them or is not
  /// for this subscriber.
  virtual void send(const std::vector<event_ptr>& events, position up_to) = 0;

  /// The subscription is over.
  virtual void end(const failure& why) = 0;
};

using remote_link_ptr = std::shared_ptr<remote_link>;

/// The durable consumer of subscribers: each company has its own names.
struct subscription_name {
  /// Empty = of keys that are bound to no company.
  std::string company_id;
  std::string name;

  /// Its name in the store.
  std::string stored_name() const {
    return "remote/" + company_id + '/' + name;
  }
};

/// Runs once, on any thread, unless the engine ends first; must not block.
using remote_cursor_callback = std::function<void(expected<position>)>;

/// Makes `link` the subscriber of a consumer.
struct open_remote_subscription {
  subscription_name consumer;
  event_filter filter;
  /// Of a new consumer, see `remote_subscribe`.
  bool from_beginning = false;
  /// Events sent and not acknowledged.
  size_t credit = 256;
  remote_link_ptr link;
  /// The durable cursor; before the first event.
  remote_cursor_callback done;
};

/// Commits the cursor of the consumer.
struct acknowledge_remote {
  subscription_name consumer;
  /// The subscriber.
  const remote_link* link = nullptr;
  position up_to = 0;
  /// Errors: `not_found`, `conflict`, `invalid_argument`, `store_unavailable`.
  remote_cursor_callback done;
};

/// The subscriber is gone, or wants no more.
struct close_remote_subscription {
  subscription_name consumer;
  const remote_link* link = nullptr;
  /// May be empty. Errors: `not_found`.
  remote_cursor_callback done;
};

/// REMOTE HUB: reads the log for the subscribers of other processes. The links, callbacks and
/// requests travel within the process only.
using remote_hub_actor
  = batch_taker_actor::extend<caf::reacts_to<open_remote_subscription>,
                              caf::reacts_to<acknowledge_remote>,
                              caf::reacts_to<close_remote_subscription>,
                              // INTERNAL: tries again what the store did not answer.
                              caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon
