#pragma once

#include "messages/events/counters.hpp"
#include "messages/events/log_requests.hpp"
#include "messages/events/publish.hpp"
#include "messages/ids.hpp"

#include <caf/typed_actor.hpp>

namespace carillon {

// Requests without a value are answered with `atom::done`: CAF 0.17 delivers `caf::unit_t` as an
// empty message, which a typed requester treats as an unexpected response.

/// LOG WRITER: owns the writing side of the event log. Detached.
using log_writer_actor = caf::typed_actor<
  // Appends drafts. Requests that wait together share durable transactions; companies take turns,
  // and the requests of one company keep their order. The result holds any failure.
  caf::replies_to<append_request>::with<append_result_ptr>,
  // INTERNAL: commits waiting requests.
  caf::reacts_to<atom::flush>>;

/// LOG READER: answers reads of the log. Detached, read only; there are several.
using log_reader_actor = caf::typed_actor<
  // A page for catch-up. Errors: `ec::store_unavailable`.
  caf::replies_to<read_request>::with<event_page_ptr>,
  // A page of history. Errors: `ec::store_unavailable`, `ec::invalid_argument`.
  caf::replies_to<query_request>::with<query_page_ptr>,
  // One event. Errors: `ec::not_found`, `ec::store_unavailable`.
  caf::replies_to<find_request>::with<event_ptr>,
  // How many events match. Errors: `ec::store_unavailable`, `ec::timeout`.
  caf::replies_to<count_request>::with<uint64_t>,
  // Counts per type. Errors: `ec::store_unavailable`.
  caf::replies_to<stats_request>::with<stats_result_ptr>,
  // Counters of a range. Errors: `ec::store_unavailable`, `ec::timeout`.
  caf::replies_to<counters_request>::with<counter_rows_ptr>>;

/// BATCH TAKER: a subscriber of a feed's live events.
using batch_taker_actor = caf::typed_actor<
  // Receives a live batch; it sends `acknowledge` to the feed afterwards.
  caf::reacts_to<event_batch_ptr>,
  // The log has grown beyond the batches it was sent.
  caf::reacts_to<atom::head, position>>;

/// FEED: a sender of live events.
using feed_actor = caf::typed_actor<
  // Sends live batches to a subscriber from now on, within its credit; answers the position before
  // the first of them.
  caf::replies_to<atom::attach, batch_taker_actor>::with<position>,
  // Ends the subscription.
  caf::reacts_to<atom::detach, batch_taker_actor>,
  // The subscriber has handled a batch, which returns one credit.
  caf::reacts_to<atom::acknowledge, batch_taker_actor>>;

/// ROUTER: admits, groups and persists published events, and sends them to consumers.
using router_actor = feed_actor::extend<
  // Publishes; the call itself carries the answer: `ec::overloaded`,
  // `ec::store_unavailable`, `ec::timeout`, `ec::shutting_down`.
  caf::reacts_to<publish_call_ptr>,
  // The index reaches up to here; bounds its distance to the head.
  caf::reacts_to<atom::indexed, position>,
  // Another process appended: the log reaches up to here.
  caf::reacts_to<atom::head, position>,
  // Rejects new calls with `ec::shutting_down`; answers when the last one is done.
  caf::replies_to<atom::drain>::with<atom::done>,
  // Last position of the log.
  caf::replies_to<atom::head>::with<position>,
  // INTERNAL: checks for expired calls.
  caf::reacts_to<atom::tick, uint64_t>>;

/// INDEXER: brings the derived index up to the log in the background. Detached.
using indexer_actor = caf::typed_actor<
  // The log reaches up to here.
  caf::reacts_to<atom::head, position>,
  // INTERNAL: continues.
  caf::reacts_to<atom::tick, uint64_t>>;

/// LOG WATCHER: tells the router of events that other processes append. Detached.
using log_watcher_actor = caf::typed_actor<
  // INTERNAL: waits for the next time.
  caf::reacts_to<atom::tick, uint64_t>>;

} // namespace carillon

// Handles travel within the process only.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::batch_taker_actor)
