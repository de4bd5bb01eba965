#pragma once

#include "net/admin/call.hpp"
#include "net/admin/calls/consumers/consumer_calls.hpp"
#include "net/admin/calls/contacts/contact_calls.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/calls/inbound/inbound_calls.hpp"
#include "net/admin/calls/metrics/metric_calls.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/calls/schedules/schedule_calls.hpp"
#include "net/admin/calls/webhooks/webhook_calls.hpp"

// The handlers of the routes. Each gets an authenticated and permitted call with only the
// parameters that its route names. Those in folders have a header there; these are the others.

namespace carillon::admin {

// sessions.cpp
expected<answer> show_session_stats(call& c);
expected<answer> show_sessions(call& c);
expected<answer> disconnect_session(call& c);
expected<answer> disconnect_user(call& c);

// jobs.cpp
expected<answer> show_jobs(call& c);
expected<answer> show_job(call& c);
expected<answer> retry_one_job(call& c);
expected<answer> retry_dead_jobs(call& c);
expected<answer> cancel_one_job(call& c);
expected<answer> show_job_queues(call& c);
expected<answer> pause_queue(call& c);
expected<answer> resume_queue(call& c);

// console.cpp
expected<answer> show_console(call& c);
expected<answer> show_console_file(call& c);

// openapi.cpp
expected<answer> show_openapi(call& c);

} // namespace carillon::admin
