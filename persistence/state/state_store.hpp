#pragma once

#include "base/failure.hpp"
#include "messages/access/requests.hpp"
#include "messages/consumers/replay_requests.hpp"
#include "messages/consumers/requests.hpp"
#include "messages/state/metric_requests.hpp"
#include "persistence/state/audit_seal.hpp"
#include "persistence/state/contacts/contact_store.hpp"
#include "persistence/state/webhooks/webhook_store.hpp"

#include <span>
#include <vector>

namespace carillon {

/// Everything that consumers and operators write. An instance belongs to one thread. Each call is
/// one durable transaction, applied as a whole or not at all. No call throws; each may fail with
/// `store_unavailable` or `store_refused`, and with the errors that it names.
class state_store : public webhook_store, public people_store {
public:
  using people_store::get;
  using people_store::pause;
  using people_store::put;
  using people_store::remove;
  using people_store::trim;
  using webhook_store::get;
  using webhook_store::remove;
  using webhook_store::trim;
  using webhook_store::update;

  /// Reads a consumer with its retries, creating it if it is new. Errors: `not_found` for the
  /// consumer of a missing webhook.
  virtual expected<opened_consumer> open(const open_consumer& x, timestamp now) = 0;

  /// Applies several consumers' commits in one transaction. A commit whose cursor
  /// is behind the stored one is a defect: `conflict`, nothing is applied.
  virtual expected<void> commit(std::span<const consumer_commit_ptr> xs) = 0;

  virtual expected<consumer_records> consumers() = 0;

  /// By consumer.
  virtual expected<consumer_failures> failures(const find_failures& x) = 0;

  /// Errors: `not_found`.
  virtual expected<void> pause(const pause_consumer& x, timestamp now) = 0;

  virtual expected<dead_letter_page> dead_letters(const list_dead_letters& x) = 0;

  /// Errors: `not_found`.
  virtual expected<dead_letter> resolve(const resolve_dead_letter& x, timestamp now) = 0;

  /// Appends one row to the audit chain.
  virtual expected<void> append(const append_audit& x) = 0;

  virtual expected<audit_page> audit(const list_audit& x) = 0;

  /// Errors: `invalid_argument`, `store_corrupt` (the seal's file cannot be trusted),
  /// `store_unavailable`.
  virtual expected<audit_progress> verify(const verify_audit& x) = 0;

  /// From now on writes seal the audit chain, and verification checks the seal. Call before the
  /// first write; for a reader, before the first `verify`.
  /// @param log_first `event_digest` of the log's first event; empty if there is none
  /// Errors of a writer, with a text for the operator: `store_corrupt`: the chain was not sealed
  /// with this key, was sealed and is not any more, is shorter than it was, or belongs to another
  /// log; nothing is changed then. `store_unavailable`.
  virtual expected<void> seal_audit(audit_seal_ptr seal, const std::string& log_first) = 0;

  /// The same after the operator has accepted the present chain in any state. The next row records
  /// this and the end of the chain.
  virtual expected<void> reseal_audit(audit_seal_ptr seal, const std::string& log_first,
                                      timestamp now)
    = 0;

  virtual expected<metric_rows> metrics(const query_metrics& x) = 0;

  /// Assigns id and times.
  virtual expected<replay_record> create(const create_replay& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<void> update(const update_replay& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<replay_record> replay(const get_replay& x) = 0;

  virtual expected<replay_records> running_replays() = 0;

  virtual expected<replay_page> replays(const list_replays& x) = 0;

  /// Assigns id and time. Errors: `conflict` (the hash exists already).
  virtual expected<api_key> create(const create_api_key& x, timestamp now) = 0;

  /// Errors: `not_found`.
  virtual expected<void> remove(const delete_api_key& x, timestamp now) = 0;

  virtual expected<carillon::api_keys> keys() = 0;

  /// Inserts or replaces; a type without a schema is deleted.
  virtual expected<void> put(const put_event_type& x, timestamp now) = 0;

  virtual expected<registered_types> event_types() = 0;
};

} // namespace carillon
