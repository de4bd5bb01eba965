#pragma once

#include "actors/state/store_actor.hpp"
#include "base/overloaded.hpp"
#include "messages/caf_error.hpp"
#include "messages/request_actor.hpp"

#include <caf/message_handler.hpp>

#include <memory>
#include <utility>

namespace carillon {

// Handlers of the STATE actor, by capability: each request is a call of the store. Each capability
// has a file of its own, so that they are compiled in parallel.

caf::message_handler consumer_handlers(state_store& store);
caf::message_handler access_handlers(state_store& store);
caf::message_handler webhook_handlers(state_store& store);
caf::message_handler contact_handlers(state_store& store);
caf::message_handler inbound_handlers(state_store& store);
caf::message_handler measure_handlers(state_store& store);
caf::message_handler schedule_handlers(state_store& store);
/// Jobs that are added together share a transaction; the actor's listeners are told of them.
caf::message_handler job_handlers(store_actor_state* st);

template <class T>
caf::result<T> answer(expected<T> x) {
  if (!x)
    return to_error(x.error());
  return std::move(*x);
}

inline caf::result<atom::done> answer(const expected<void>& x) {
  if (!x)
    return to_error(x.error());
  return atom::done_v;
}

/// For large values, which are sent by shared pointer.
template <class T>
caf::result<std::shared_ptr<const T>> share(expected<T> x) {
  if (!x)
    return to_error(x.error());
  return std::shared_ptr<const T>{std::make_shared<const T>(std::move(*x))};
}

} // namespace carillon
