#pragma once

#include "messages/access/requests.hpp"
#include "messages/consumers/interfaces.hpp"
#include "messages/consumers/replay_requests.hpp"
#include "messages/consumers/requests.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/contacts/contact.hpp"
#include "messages/contacts/document.hpp"
#include "messages/contacts/requests.hpp"
#include "messages/events/counters.hpp"
#include "messages/events/log_requests.hpp"
#include "messages/evidence/requests.hpp"
#include "messages/inbound/requests.hpp"
#include "messages/jobs/requests.hpp"
#include "messages/measures/requests.hpp"
#include "messages/schedules/requests.hpp"
#include "messages/sessions/requests.hpp"
#include "messages/state/nodes.hpp"
#include "messages/webhooks/hub_requests.hpp"
#include "messages/webhooks/requests.hpp"
#include "tests/support/events.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>

namespace carillon::test {

/// Data of the fake actors behind an admin port, and the requests they received. Each user must
/// lock it.
struct admin_data {
  std::mutex mutex;
  /// While set, requests are never answered.
  std::atomic<bool> silent{false};
  /// Only changes are never answered.
  std::atomic<bool> silent_changes{false};
  /// While set, changes fail.
  std::atomic<bool> broken{false};

  std::vector<event_ptr> events;
  std::vector<node_record> nodes;
  consumer_statuses consumers;
  std::map<std::string, std::vector<retry_row>> retries;
  std::vector<dead_letter> letters;
  std::vector<audit_row> audit;
  /// Events recorded in rows; a row with the same number exists.
  std::vector<audited_event> audited;
  list_audit audit_asked;
  verify_audit verify_asked;
  /// What the sealer has signed; it proves events up to the head.
  signed_state evidence;
  prove_consistency consistency_asked;
  counter_rows metrics;
  std::vector<replay_record> replays;
  api_keys keys;
  registered_types types;
  stats_result stats;
  std::optional<uint64_t> first_bad;
  std::vector<webhook_with_secrets> webhooks;
  /// By webhook.
  std::map<uint64_t, webhook_status> webhook_statuses;
  webhook_overview overview;
  std::vector<webhook_delivery_history> deliveries;
  std::vector<session_info> sessions;
  std::vector<job> jobs;
  job_queue_records job_queues;
  /// By user id.
  /// By user and company.
  std::map<std::pair<std::string, std::string>, contact> contacts;
  std::vector<notification> notifications;
  std::vector<document> documents;
  /// Called when the file of a document is read, before that is; may be empty, and may block.
  std::function<void()> before_file;
  /// Contents of documents, by hash.
  std::map<std::string, expected<std::string>> files;
  /// The outcome of a test.
  webhook_attempt tested;
  /// More can be recovered.
  bool more_to_recover = false;
  /// The dead letter that cannot be settled; 0 = none.
  uint64_t letter_fault = 0;

  /// Drafts that the router was given, what it says of the next, and why it takes none.
  std::vector<draft_ptr> published;
  receipt receipt_of_next;
  std::optional<failure> publish_fault;

  // Last received requests.
  query_request query;
  stats_request stats_asked;
  counters_request metrics_asked;
  inbound_records inbound;
  put_inbound inbound_put;
  rotate_inbound_secret inbound_rotated;
  measure_list measures;
  std::vector<schedule_record> schedules;
  std::vector<delayed_event> delayed;
  std::vector<measure_row> measured;
  put_measure measure_put;
  query_measures measures_asked;
  list_request list_asked;
  std::vector<create_webhook> created_webhooks;
  std::vector<update_webhook> updated_webhooks;
  rotate_webhook_secret rotated;
  recover_webhook recovered;
  list_webhook_deliveries deliveries_asked;
  size_t delivery_pages = 0;
  std::vector<operator_stamp> stamps;
  size_t verify_calls = 0;
  size_t handled = 0;

  /// Pages a list whose items have numbers, newest first unless ascending.
  template <class T, class Number>
  page_of<T> page(std::vector<T> items, const list_request& x, Number number) {
    list_asked = x;
    auto before = [&](const T& a, const T& b) {
      return x.ascending ? number(a) < number(b) : number(a) > number(b);
    };
    std::sort(items.begin(), items.end(), before);
    page_of<T> out;
    for (const auto& item : items) {
      auto n = number(item);
      if (x.beyond && (x.ascending ? n <= *x.beyond : n >= *x.beyond))
        continue;
      if (out.items.size() == x.limit) {
        out.next = number(out.items.back());
        break;
      }
      out.items.push_back(item);
    }
    return out;
  }
};

} // namespace carillon::test
