#pragma once

#include "actors/state/add_queue.hpp"
#include "actors/state/commit_queue.hpp"
#include "actors/state/waiting_lease.hpp"
#include "messages/state/interfaces.hpp"
#include "persistence/state/state_store.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace carillon {

/// State of a STATE actor.
class store_actor_state {
public:
  static constexpr const char* name = "carillon.state";

  store_actor_state() = default;

  caf::event_based_actor* self = nullptr;
  std::shared_ptr<state_store> store;

  /// Keeps a commit until `flush`, so that the waiting commits share one transaction.
  caf::result<atom::done> enqueue(const consumer_commit_ptr& x);

  /// Keeps jobs until `flush`, in the same way.
  caf::result<enqueued_jobs> enqueue(const enqueue_jobs& x);

  /// Keeps the request until jobs are added.
  caf::result<leased_jobs_ptr> await(const await_jobs& x);

  carillon::waiting_lease& waiting_lease() noexcept {
    return waiting_lease_;
  }

  /// Commits a group of the queued commits, and a group of the added jobs; the others follow after
  /// the requests that came between. If the store rejects a group, each commit, or call, is tried
  /// alone, so that a faulty one does not fail the others; calls that add jobs only until one of
  /// them finds that the store is not there, as each may wait for half a minute.
  void flush();

  /// Tells the listeners that jobs were added.
  void tell_enqueued();

  /// Listeners for added jobs and notifications.
  std::vector<effect_listener_actor> job_listeners;
  std::vector<effect_listener_actor> notification_listeners;

private:
  void flush_later();
  void flush_commits();
  void flush_adds();

  /// Adds the jobs of these calls, and leases those that are waited for. A call that comes alone is
  /// tried again without the lease.
  expected<job_store::enqueued_calls> add(const std::vector<const enqueue_jobs*>& calls,
                                          std::optional<leased_jobs>& leased);

  commit_queue waiting_;
  add_queue adding_;
  carillon::waiting_lease waiting_lease_;
  /// A `flush` is under way.
  bool flushing_ = false;
};

/// Runs a STATE actor; spawn it detached. It answers the requests of all interfaces in
/// `state_handles`.
/// @param store used by this actor only
caf::behavior store_actor(caf::stateful_actor<store_actor_state>* self,
                          std::shared_ptr<state_store> store);

} // namespace carillon
