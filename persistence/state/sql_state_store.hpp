#pragma once

#include "persistence/state/audit_chain.hpp"
#include "persistence/state/database.hpp"
#include "persistence/state/jobs/people_sql.hpp"
#include "persistence/state/state_sql.hpp"
#include "persistence/state/state_store.hpp"
#include "persistence/state/statement_cache.hpp"
#include "persistence/state/webhooks/webhook_sql.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>

namespace carillon::sql {

/// The state in a database that speaks SQL. Its parts are in `state_<concept>.cpp`.
class sql_state_store : public state_store {
public:
  /// @param token held while this is the only writer
  sql_state_store(std::shared_ptr<const backend> database, std::shared_ptr<void> token);
  ~sql_state_store() override;

  /// Opens the connection at once. Errors: `store_unavailable`.
  expected<void> connect();

  expected<opened_consumer> open(const open_consumer& x, timestamp now) override;
  expected<void> commit(std::span<const consumer_commit_ptr> xs) override;
  expected<consumer_records> consumers() override;
  expected<consumer_failures> failures(const find_failures& x) override;
  expected<void> pause(const pause_consumer& x, timestamp now) override;
  expected<dead_letter_page> dead_letters(const list_dead_letters& x) override;
  expected<dead_letter> resolve(const resolve_dead_letter& x, timestamp now) override;
  expected<void> append(const append_audit& x) override;
  expected<audit_page> audit(const list_audit& x) override;
  expected<audit_progress> verify(const verify_audit& x) override;
  expected<void> seal_audit(audit_seal_ptr seal, const std::string& log_first) override;
  expected<void> reseal_audit(audit_seal_ptr seal, const std::string& log_first,
                              timestamp now) override;
  expected<metric_rows> metrics(const query_metrics& x) override;
  expected<replay_record> create(const create_replay& x, timestamp now) override;
  expected<void> update(const update_replay& x, timestamp now) override;
  expected<replay_record> replay(const get_replay& x) override;
  expected<replay_records> running_replays() override;
  expected<replay_page> replays(const list_replays& x) override;
  expected<api_key> create(const create_api_key& x, timestamp now) override;
  expected<void> remove(const delete_api_key& x, timestamp now) override;
  expected<carillon::api_keys> keys() override;
  expected<void> put(const put_event_type& x, timestamp now) override;
  expected<registered_types> event_types() override;

  expected<webhook> insert(const create_webhook& x, timestamp now) override;
  expected<webhook> update(const update_webhook& x, timestamp now) override;
  expected<webhook> enable(const enable_webhook& x, timestamp now) override;
  expected<void> remove(const delete_webhook& x, timestamp now) override;
  expected<void> add_secret(const add_webhook_secret& x, timestamp now) override;
  expected<webhook_with_secrets> get(const get_webhook& x) override;
  expected<webhook_page> webhooks(const list_webhooks& x) override;
  expected<void> note_asleep(const note_webhook_asleep& x) override;
  expected<webhook_delivery_page> deliveries(const list_webhook_deliveries& x) override;
  expected<webhook_delivery_story> delivery(const get_webhook_delivery& x) override;
  expected<retry_row> resend(const resend_webhook_delivery& x, timestamp now) override;
  expected<recovered_rows> recover(const recover_webhook& x, timestamp now) override;
  expected<uint64_t> trim(const trim_webhook_deliveries& x) override;
  expected<std::string> node_key(std::string_view mine) override;
  expected<void> replace_node_key(std::string_view mine) override;

  expected<enqueued_jobs> enqueue(const enqueue_jobs& x, timestamp now) override;
  expected<leased_jobs> lease(const lease_jobs& x, timestamp now) override;
  expected<void> finish(const finish_jobs& x, timestamp now) override;
  expected<uint64_t> release(const release_leases& x, timestamp now) override;
  expected<job_page> jobs(const list_jobs& x) override;
  expected<job> get(const get_job& x) override;
  expected<job> retry(const retry_job& x, timestamp now) override;
  expected<uint64_t> retry(const retry_jobs& x, timestamp now) override;
  expected<job> cancel(const cancel_job& x, timestamp now) override;
  expected<void> pause(const pause_job_queue& x, timestamp now) override;
  expected<job_queue_records> job_queues(const list_job_queues& x) override;
  expected<uint64_t> trim(const trim_jobs& x) override;
  expected<contact> put(const put_contact& x, timestamp now) override;
  expected<void> remove(const delete_contact& x, timestamp now) override;
  expected<contact> get(const get_contact& x) override;
  expected<contact_list> contacts(const list_contacts& x) override;
  expected<notification_list> notifications_of(const list_notifications& x) override;
  expected<notification> get(const get_notification& x) override;
  expected<uint64_t> read(const read_notifications& x, timestamp now) override;
  expected<notifications> unannounced(const unannounced_notifications& x) override;
  expected<void> note(const note_announced& x) override;
  expected<uint64_t> trim(const trim_notifications& x) override;
  expected<document> add(const add_document& x, timestamp now) override;
  expected<document> get(const get_document& x) override;
  expected<document_page> documents(const list_documents& x) override;
  expected<old_documents> find(const find_old_documents& x) override;
  expected<uint64_t> remove(const remove_documents& x, timestamp now) override;

private:
  struct link {
    explicit link(std::unique_ptr<session> x)
      : db(std::move(x)), sql(*db), webhooks(*db), people(*db) {
    }

    std::unique_ptr<session> db;
    statement_cache<state_query> sql;
    statement_cache<webhook_query> webhooks;
    statement_cache<people_query> people;
  };

  /// Newest row of the audit chain.
  struct chain_head {
    uint64_t number = 0;
    audit_digest hash{};
    /// See `audit_seal`; empty if it is not sealed.
    std::string seal;
    /// Digest of the log's first event.
    std::string log_first;

    audit_end end() const {
      return {number, hash};
    }
  };

  /// Writes audit rows within a transaction; `save` ends it.
  class audit_appender;

  link& connected();

  /// Runs `f`, which returns an `expected`, in one transaction, committed if it succeeds.
  template <class F>
  auto writing(F&& f) -> decltype(f());
  template <class F>
  auto reading(F&& f) -> decltype(f());
  template <class F>
  auto in_transaction(transaction_kind kind, F&& f) -> decltype(f());

  expected<void> apply(const consumer_commit& x, audit_appender& audit);
  /// Within a transaction: moves the commit in doubt to `applied_`, or forgets it.
  void settle_doubt();
  void apply_retries(const consumer_commit& x);
  void insert_dead_letters(const consumer_commit& x);
  void apply_webhooks(const effects& x, timestamp now);
  void record(const webhook_attempt& x, timestamp now);
  /// Fills `last_status` of the rows of a webhook's consumer that have no attempt left.
  void add_last_statuses(uint64_t webhook_id, std::vector<retry_row>& rows);
  expected<webhook> find_webhook(uint64_t id, const std::optional<std::string>& company_id);
  bool knows_webhook(uint64_t id);
  void audit_webhook(const webhook& x, audit_entry entry);
  void put_secret(uint64_t webhook_id, const sealed_secret& x);
  rows list(const list_webhook_deliveries& x);
  retry_row make_due(uint64_t number, const webhook_delivery& x, timestamp now);
  /// A dead letter became a retry: a webhook's delivery continues.
  void note_resolved(const dead_letter& x, timestamp now);
  uint64_t count_deliveries();
  void apply_people(const effects& x, timestamp now);
  /// False if a job has this key already.
  bool insert_job(const job_draft& x, timestamp now);
  /// The same without telling whether it is new.
  void put_job(const job_draft& x, timestamp now);
  void notify(const notification_draft& x, timestamp now);
  std::vector<job> due_jobs(std::string_view queue, size_t most, timestamp now);
  std::vector<std::string> waiting_companies(std::string_view queue, size_t most, timestamp now);
  std::vector<job> due_jobs_of(std::string_view queue, std::string_view company, size_t most,
                               timestamp now);
  /// Takes jobs of the companies in turns, one each, as many as fit.
  void take_turns(std::string_view queue, size_t most, timestamp now, std::vector<job>& out);
  std::optional<timestamp> next_due(std::string_view queue, timestamp now);
  /// Corrects the times of waiting jobs that were set by a clock ahead of the present one.
  void correct_times(std::string_view queue, timestamp now);
  expected<job> find_job(uint64_t id, const std::optional<std::string>& company_id);
  expected<contact> find_contact(const std::string& user_id,
                                 const std::optional<std::string>& company_id);
  void read_mutes(contact& of);
  uint64_t announced_to();
  expected<notification> find_notification(const get_notification& x);
  expected<document> find_document(uint64_t id, const std::string& key);
  consumer_record consumer_of(const statement& row);
  chain_head read_chain_head();
  void append_audit_row(const audit_entry& x);
  void save_chain_head(const chain_head& x);
  /// Why the chain must not be continued; empty if nothing is wrong.
  std::string fault_of(const chain_head& x, const audit_seal& seal,
                       const std::optional<audit_end>& kept, const std::string& log_first);
  bool has_row(const audit_end& x);
  /// Commits, and remembers the new end of the chain.
  void note_commit(transaction& x);
  /// Writes the end beside the store, when it is time or at once.
  void keep_end(bool at_once) noexcept;
  audit_page filtered(const list_audit& x);
  rows audit_rows(const list_request& p, int64_t bound, size_t limit);
  audit_progress verify_segment(const verify_audit& x, const audit_digest& before,
                                const std::optional<audit_end>& kept);
  /// Compares the end of the chain with its head, its seal, and the kept or noted ends.
  void check_end(audit_verdict& out, const audit_end& last, const std::optional<audit_end>& kept,
                 const std::optional<audit_mark>& noted);

  std::shared_ptr<const backend> database_;
  std::shared_ptr<void> token_;
  std::unique_ptr<link> link_;
  /// By queue, the company that had the last turn.
  std::map<std::string, std::string, std::less<>> turns_;
  /// Rows in webhook_deliveries, once known; and rows added by the open transaction.
  std::optional<uint64_t> deliveries_;
  uint64_t new_deliveries_ = 0;
  audit_hasher hasher_;
  audit_seal_ptr seal_;
  /// The end of the chain after the open transaction.
  std::optional<audit_end> saved_end_;
  /// The committed end that is not yet written beside the store.
  std::optional<audit_end> unkept_;
  std::chrono::steady_clock::time_point next_keep_;
  /// Consumers retry a commit until it succeeds. The outcome of a commit in doubt is queried first;
  /// if it took place, the retry is not applied again.
  std::string doubt_;
  std::vector<consumer_commit_ptr> doubted_;
  std::vector<consumer_commit_ptr> applied_;
  /// When jobs were last leased: an earlier time shows that the clock was set back.
  std::optional<timestamp> leased_at_;
};

class sql_state_store::audit_appender {
public:
  explicit audit_appender(sql_state_store& store) : store_(store) {
  }

  /// Leaves out events that are in the chain already.
  void add(std::span<const audit_entry> xs);

  /// Stores the new head, if there is one.
  void save();

private:
  void look_up(std::span<const audit_entry> xs);
  void append(const audit_entry& x);

  sql_state_store& store_;
  std::optional<chain_head> head_;
  /// Events that were found in the chain, or added.
  std::unordered_set<uint64_t> known_;
};

template <class F>
auto sql_state_store::in_transaction(transaction_kind kind, F&& f) -> decltype(f()) {
  try {
    transaction t{*connected().db, kind};
    saved_end_.reset();
    auto done = f();
    if (done)
      note_commit(t);
    return done;
  } catch (const std::exception& x) {
    return database_->to_failure(x);
  }
}

template <class F>
auto sql_state_store::writing(F&& f) -> decltype(f()) {
  return in_transaction(transaction_kind::write, std::forward<F>(f));
}

template <class F>
auto sql_state_store::reading(F&& f) -> decltype(f()) {
  return in_transaction(transaction_kind::read, std::forward<F>(f));
}

} // namespace carillon::sql
