#pragma once

#include "base/json/writer.hpp"
#include "net/admin/call.hpp"

// The handlers of the routes, by file. Each gets an authenticated and permitted call with only the
// parameters that its route names.

namespace carillon::admin {

// events/events.cpp, events/event.cpp
expected<answer> show_events(call& c);
expected<answer> show_event(call& c);

// events/stats.cpp
expected<answer> show_stats(call& c);

// events/publish.cpp
expected<answer> publish_event(call& c);

/// Publishes an event that was checked, and answers its receipt when it is durable.
/// @param share company whose share of the limits it counts to; empty = none
expected<answer> publish_draft(const call& c, draft_ptr draft, std::string share);

// events/replay.cpp
expected<answer> start_replay(call& c);
expected<answer> show_replays(call& c);
expected<answer> show_replay(call& c);

// events/types.cpp
expected<answer> show_types(call& c);
expected<answer> show_type(call& c);
expected<answer> put_type(call& c);
expected<answer> delete_type(call& c);

// consumers/consumers.cpp
expected<answer> show_consumers(call& c);
expected<answer> show_consumer(call& c);
expected<answer> pause_delivery(call& c);
expected<answer> resume_delivery(call& c);

// consumers/dead_letters.cpp
expected<answer> show_dead_letters(call& c);
expected<answer> retry_dead_letter(call& c);
expected<answer> discard_dead_letter(call& c);

// consumers/dead_letters_bulk.cpp
expected<answer> retry_dead_letters(call& c);
expected<answer> discard_dead_letters(call& c);

// webhooks/webhooks.cpp
expected<answer> show_webhooks(call& c);
expected<answer> register_webhook(call& c);
expected<answer> show_webhook(call& c);
expected<answer> change_webhook(call& c);
expected<answer> unregister_webhook(call& c);
expected<answer> enable_delivery(call& c);
expected<answer> disable_delivery(call& c);
expected<answer> rotate_secret(call& c);
expected<answer> send_test(call& c);
expected<answer> recover_deliveries(call& c);

// webhooks/webhook_match.cpp
expected<answer> match_events(call& c);

// sessions.cpp
expected<answer> show_session_stats(call& c);
expected<answer> show_sessions(call& c);
expected<answer> disconnect_session(call& c);
expected<answer> disconnect_user(call& c);

// webhooks/deliveries.cpp
expected<answer> show_deliveries(call& c);
expected<answer> show_delivery(call& c);
expected<answer> retry_delivery(call& c);

/// The deliveries of an event that the caller may see, as a JSON array; the newest 100.
expected<std::string> event_deliveries(const call& c, const event& x);

// jobs.cpp
expected<answer> show_jobs(call& c);
expected<answer> show_job(call& c);
expected<answer> retry_one_job(call& c);
expected<answer> retry_dead_jobs(call& c);
expected<answer> cancel_one_job(call& c);
expected<answer> show_job_queues(call& c);
expected<answer> pause_queue(call& c);
expected<answer> resume_queue(call& c);

// contacts/contacts.cpp
expected<answer> show_contacts(call& c);
expected<answer> show_contact(call& c);
expected<answer> change_contact(call& c);
expected<answer> remove_contact(call& c);

// contacts/notifications.cpp
expected<answer> show_notifications(call& c);
expected<answer> show_notification(call& c);
expected<answer> read_notification(call& c);
expected<answer> read_all_notifications(call& c);

// contacts/documents.cpp
expected<answer> show_documents(call& c);
expected<answer> show_document(call& c);
expected<answer> delete_document(call& c);
expected<answer> delete_documents(call& c);

// operators/audit.cpp
expected<answer> show_audit(call& c);
expected<answer> verify_chain(call& c);

// operators/evidence.cpp
expected<answer> show_checkpoint(call& c);
expected<answer> show_proof(call& c);
expected<answer> show_consistency(call& c);

// metrics/metrics.cpp
expected<answer> show_metrics(call& c);

// inbound/inbound.cpp
expected<answer> show_inbound_sources(call& c);
expected<answer> show_inbound_source(call& c);
expected<answer> put_inbound_source_call(call& c);
expected<answer> rotate_inbound_source(call& c);
expected<answer> delete_inbound_source(call& c);

// metrics/measures.cpp
expected<answer> show_definitions(call& c);
expected<answer> show_definition(call& c);
expected<answer> put_definition(call& c);
expected<answer> delete_definition(call& c);
expected<answer> backfill_definition(call& c);
expected<answer> show_measures(call& c);

// schedules/schedules.cpp
expected<answer> show_schedules(call& c);
expected<answer> show_schedule(call& c);
expected<answer> show_occurrences(call& c);
expected<answer> change_schedule(call& c);
expected<answer> remove_schedule(call& c);
expected<answer> pause_one_schedule(call& c);
expected<answer> resume_one_schedule(call& c);

// schedules/run.cpp
expected<answer> run_schedule(call& c);

// schedules/delayed.cpp
expected<answer> show_delayed_events(call& c);
expected<answer> show_delayed_event(call& c);
expected<answer> cancel_delayed_event(call& c);

/// Keeps an event that was parsed at `now` until the time `at`, as RFC 3339. Answers 202.
expected<answer> delay_publish(call& c, event& draft, std::string_view at, timestamp now);

// operators/keys.cpp
expected<answer> show_keys(call& c);
expected<answer> create_key(call& c);
expected<answer> delete_key(call& c);

// operators/portal_tokens.cpp
expected<answer> create_portal_token(call& c);

/// What a token may, and until when; within an object.
void put_pass_members(json_writer& out, const portal_pass& x);

// operators/limits.cpp
expected<answer> show_limits(call& c);

// operators/node.cpp
expected<answer> show_caller(call& c);
expected<answer> show_node(call& c);
expected<answer> show_nodes(call& c);

// operators/outboxes.cpp
expected<answer> show_outboxes(call& c);
expected<answer> show_refused_rows(call& c);
expected<answer> retry_refused_row(call& c);
expected<answer> discard_refused_row(call& c);

// operators/sign_in.cpp
expected<answer> show_sign_in(call& c);
expected<answer> begin_sign_in(call& c);
expected<answer> finish_sign_in(call& c);
expected<answer> sign_out(call& c);

// console.cpp
expected<answer> show_console(call& c);
expected<answer> show_console_file(call& c);

// openapi.cpp
expected<answer> show_openapi(call& c);

// metrics/prometheus.cpp
expected<answer> show_prometheus(call& c);

} // namespace carillon::admin
