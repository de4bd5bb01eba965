#pragma once

#include "messages/access/interfaces.hpp"
#include "messages/consumers/interfaces.hpp"
#include "messages/contacts/interfaces.hpp"
#include "messages/evidence/interfaces.hpp"
#include "messages/inbound/interfaces.hpp"
#include "messages/jobs/interfaces.hpp"
#include "messages/measures/interfaces.hpp"
#include "messages/schedules/interfaces.hpp"
#include "messages/webhooks/interfaces.hpp"
#include "messages/workers/interfaces.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>

namespace carillon {

/// One STATE actor, as each capability sees it. It owns one connection to the state store, and is
/// detached; one writes, another reads.
struct state_handles {
  consumer_store_actor consumers;
  remote_consumer_store_actor remote_consumers;
  replay_store_actor replays;
  inbound_store_actor inbound;
  measure_store_actor measures;
  schedule_store_actor schedules;
  audit_store_actor audit;
  evidence_store_actor evidence;
  access_store_actor access;
  webhook_store_actor webhooks;
  job_store_actor jobs;
  contact_store_actor contacts;
  notification_store_actor notifications;
  document_store_actor documents;
};

/// @param x a STATE actor, which answers all of their requests
inline state_handles state_handles_of(const caf::actor& x) {
  state_handles out;
  auto set = [&]<class Handle>(Handle& to) { to = caf::actor_cast<Handle>(x); };
  set(out.consumers);
  set(out.remote_consumers);
  set(out.replays);
  set(out.inbound);
  set(out.measures);
  set(out.schedules);
  set(out.audit);
  set(out.evidence);
  set(out.access);
  set(out.webhooks);
  set(out.jobs);
  set(out.contacts);
  set(out.notifications);
  set(out.documents);
  return out;
}

} // namespace carillon
