#pragma once

#include "base/failure.hpp"
#include "messages/events/interfaces.hpp"
#include "messages/state/interfaces.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <functional>

namespace carillon {

/// Requests of the workers of jobs. Each call blocks, within its own time limit; any thread.
struct worker_access {
  /// Errors: `not_found` (no longer kept).
  std::function<expected<event_ptr>(position)> find_event;
  /// Errors: `not_found`.
  std::function<expected<contact>(const get_contact&)> find_contact;
  std::function<expected<contact_list>(const list_contacts&)> contacts;
  /// Errors: `not_found`.
  std::function<expected<document>(const get_document&)> find_document;
  std::function<expected<document>(const document&)> add_document;
  std::function<expected<old_documents>(const carillon::find_old_documents&)> find_old_documents;
  /// How many there were.
  std::function<expected<uint64_t>(const carillon::remove_documents&)> remove_documents;
  std::function<expected<enqueued_jobs>(const enqueue_jobs&)> enqueue;
};

/// Sends the requests to these actors; the system outlives the result. Call only outside of actors
/// or from a detached one.
worker_access make_worker_access(caf::actor_system& sys, log_reader_actor reader,
                                 const state_handles& state,
                                 std::chrono::milliseconds deadline = std::chrono::seconds{10});

} // namespace carillon
