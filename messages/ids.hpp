#pragma once

#include "messages/caf_error.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/events/log_requests.hpp"
#include "messages/events/publish.hpp"
#include "messages/state_requests.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include <memory>
#include <vector>

namespace carillon {

struct consumer_spec;

/// How a consumer is registered: see `actors/consumers/consumer_settings.hpp`. Opaque here.
using consumer_spec_ptr = std::shared_ptr<const consumer_spec>;

using consumer_statuses = std::vector<consumer_status>;

} // namespace carillon

// All types that may cross the wire. IDs are positional: append only.
CAF_BEGIN_TYPE_ID_BLOCK(carillon, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(carillon, (carillon::ec))

  CAF_ADD_ATOM(carillon, carillon::atom, acknowledge, "ack")
  CAF_ADD_ATOM(carillon, carillon::atom, attach, "attach")
  CAF_ADD_ATOM(carillon, carillon::atom, count, "count")
  CAF_ADD_ATOM(carillon, carillon::atom, detach, "detach")
  CAF_ADD_ATOM(carillon, carillon::atom, done, "done")
  CAF_ADD_ATOM(carillon, carillon::atom, drain, "drain")
  CAF_ADD_ATOM(carillon, carillon::atom, find, "find")
  CAF_ADD_ATOM(carillon, carillon::atom, flush, "flush")
  CAF_ADD_ATOM(carillon, carillon::atom, head, "head")
  CAF_ADD_ATOM(carillon, carillon::atom, indexed, "indexed")
  CAF_ADD_ATOM(carillon, carillon::atom, pause, "pause")
  CAF_ADD_ATOM(carillon, carillon::atom, restart, "restart")
  CAF_ADD_ATOM(carillon, carillon::atom, status, "status")
  CAF_ADD_ATOM(carillon, carillon::atom, tick, "tick")
  CAF_ADD_ATOM(carillon, carillon::atom, close, "close")
  CAF_ADD_ATOM(carillon, carillon::atom, closed, "closed")
  CAF_ADD_ATOM(carillon, carillon::atom, writable, "writable")
  CAF_ADD_ATOM(carillon, carillon::atom, replay, "replay")
  CAF_ADD_ATOM(carillon, carillon::atom, committed, "committed")
  CAF_ADD_ATOM(carillon, carillon::atom, enqueued, "enqueued")
  CAF_ADD_ATOM(carillon, carillon::atom, notified, "notified")

CAF_END_TYPE_ID_BLOCK(carillon)

// Local-only messages: CAF must never try to serialize these.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::publish_call_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::append_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::append_result_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::event_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::event_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::read_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::event_page_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::query_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::query_page_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::find_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::count_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::stats_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::stats_result_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::replay_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::delivery_outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::retry_row)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_statuses)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_spec_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::open_consumer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::opened_consumer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_commit_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_consumers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::find_failures)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::consumer_failures)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::pause_consumer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_dead_letters)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::dead_letter_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::resolve_dead_letter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::dead_letter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::append_audit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_audit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::audit_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::verify_audit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::audit_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::query_metrics)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::metric_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::create_replay)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::update_replay)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::get_replay)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::replay_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::replay_plan)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_running_replays)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::replay_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_replays)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::replay_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::create_api_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::api_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::delete_api_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_api_keys)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::api_keys)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::put_event_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::list_event_types)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::registered_types)
