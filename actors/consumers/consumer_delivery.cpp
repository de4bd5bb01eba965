#include "actors/consumers/consumer.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/codec/catalogue/handler.hpp"
#include "messages/codec/described.hpp"

#include <caf/send.hpp>

#include <algorithm>

// How deliveries run: effects at once, functions in a thread of their own, actors by request.

namespace carillon {

namespace {

/// Rows fetched from the log at a time.
constexpr size_t max_rows_at_once = 64;

/// How long the log may take to note a dead letter.
constexpr std::chrono::seconds note_deadline{10};

std::string overdue(std::chrono::milliseconds deadline) {
  return "no answer within " + std::to_string(deadline.count()) + " ms";
}

} // namespace

void consumer_state::start() {
  for (auto& x : window_->start_new(env_.options.uncommitted_events, env_.now()))
    ready_.push_back({std::move(x), spec_->name, 1, 0});
  for (const auto& row : window_->start_due(max_rows_at_once, env_.now()))
    fetch(row);
}

void consumer_state::fetch(const retry_row& row) {
  self_->request(env_.reader, store_deadline, find_request{row.seq, {}, {}})
    .then([this, row](const event_ptr& x) { on_fetched(row, x); },
          [this, row](const caf::error& reason) {
            if (reason == ec::not_found)
              give_up(row, nullptr);
            else
              window_->postpone({row.seq, row.replay_id}, env_.now() + env_.options.store_pause);
            pump();
          });
}

void consumer_state::on_fetched(const retry_row& row, const event_ptr& x) {
  if (row.attempts >= spec_->policy.max_attempts)
    give_up(row, x.get());
  else
    ready_.push_back({x, spec_->name, row.attempts + 1, row.replay_id});
  pump();
}

void consumer_state::give_up(const retry_row& row, const event* x) {
  delivery_key key{row.seq, row.replay_id};
  dead_letter letter{.id = 0,
                     .consumer = spec_->name,
                     .seq = row.seq,
                     .replay_id = row.replay_id,
                     .event_id = x != nullptr ? x->id : "",
                     .event_type = x != nullptr ? x->type : "",
                     .company_id = x != nullptr ? x->company_id : "",
                     .attempts = row.attempts,
                     .last_error = row.last_error,
                     .created_at = env_.now(),
                     .last_status = row.last_status};
  if (x == nullptr || !may_be_reported(*x)) {
    window_->give_up(key, std::move(letter));
    return;
  }
  auto draft = note_of(letter, row, *x);
  giving_up_.emplace(key, std::move(letter));
  if (!draft) {
    on_given_up(key, true);
    return;
  }
  auto done = [me = consumer_actor{self_}, key](const expected<receipts>& result) {
    caf::anon_send(me, atom::done_v, key.seq, key.replay_id, result.has_value());
  };
  self_->send(env_.router, std::make_shared<publish_call>(std::vector<draft_ptr>{std::move(*draft)},
                                                          self_->clock().now() + note_deadline,
                                                          std::move(done)));
}

expected<draft_ptr> consumer_state::note_of(const dead_letter& x, const retry_row& row,
                                            const event& cause) const {
  // The same id on every try, so that a crash between note and row leaves one note.
  publish_options options;
  options.id = "dead-letter/" + spec_->name + "/" + std::to_string(row.seq) + "/"
               + std::to_string(row.replay_id) + "/"
               + std::to_string(to_micros(row.first_failed_at));
  options.source = "/carillon/handlers";
  options.causation_id = cause.id;
  options.hops = next_hops(cause);
  if (spec_->note)
    return spec_->note(x, options);
  handler_dead_lettered note;
  note.handler = spec_->name;
  note.event_id = x.event_id;
  note.attempts = x.attempts;
  note.error = x.last_error;
  return make_draft(note, options);
}

// -- running ------------------------------------------------------------------

void consumer_state::run_ready() {
  if (ready_.empty() || !may_start())
    return;
  if (const auto* effects = std::get_if<std::shared_ptr<effect_handler>>(&spec_->target))
    run_effects(**effects);
  else if (const auto* fn = std::get_if<handler_function>(&spec_->target))
    run_function(*fn);
  else
    run_actor(std::get<caf::actor>(spec_->target));
}

void consumer_state::run_effects(effect_handler& handler) {
  effects made;
  while (!ready_.empty()) {
    auto x = std::move(ready_.front());
    ready_.pop_front();
    try {
      if (x.replay_id != 0)
        handler.replay(*x.event, x.replay_id, made);
      else
        handler.take(x.event, made);
      merge(std::exchange(made, {}));
      complete(x, std::nullopt);
    } catch (const std::exception& e) {
      complete(x, failure{ec::handler_failed, e.what(), {}});
    } catch (...) {
      complete(x, failure{ec::handler_failed, "the handler threw no std::exception", {}});
    }
    made = {};
  }
  handler.finish();
}

void consumer_state::run_function(const handler_function& fn) {
  while (!ready_.empty() && works_.size() < 2) {
    if (worker_ == nullptr) {
      if (stuck_.size() >= env_.options.max_stuck_threads)
        return;
      worker_ = self_->spawn<caf::detached>(function_worker, fn);
    }
    std::vector<delivery> items;
    auto size = std::min(ready_.size(), env_.options.work_events);
    items.reserve(size);
    std::move(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(size),
              std::back_inserter(items));
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(size));
    auto x = std::make_shared<work>(std::move(items));
    if (works_.empty()) {
      watched_claims_ = 0;
      watched_since_ = self_->clock().now();
    }
    works_.push_back(x);
    self_->request(worker_, answered_or_ended, x)
      .then([this, x](atom::done) { on_work_done(x); },
            [this, x](const caf::error&) { on_work_done(x); });
  }
}

void consumer_state::on_work_done(const work_ptr& x) {
  // Abandoned work is settled already; its thread has returned after all.
  stuck_.erase(x);
  if (auto i = std::find(works_.begin(), works_.end(), x); i != works_.end()) {
    works_.erase(i);
    watched_claims_ = 0;
    watched_since_ = self_->clock().now();
    settle(*x, x->claimed());
  }
  pump();
}

void consumer_state::watch_worker() {
  if (works_.empty())
    return;
  auto now = self_->clock().now();
  auto claimed = works_.front()->claimed();
  if (claimed != watched_claims_ || claimed == 0 || works_.front()->is_finished(claimed - 1)) {
    watched_claims_ = claimed;
    watched_since_ = now;
    return;
  }
  if (now - watched_since_ < spec_->policy.deadline)
    return;
  // The thread cannot be stopped: it is abandoned, and a new one takes over.
  self_->send_exit(worker_, caf::exit_reason::user_shutdown);
  worker_ = nullptr;
  auto given_up = std::exchange(works_, {});
  stuck_.insert(given_up.front());
  // Last first: unstarted items go back to the front of the queue in their order.
  for (; !given_up.empty(); given_up.pop_back())
    settle(*given_up.back(), given_up.back()->abandon());
  run_ready();
}

void consumer_state::settle(const work& x, size_t claimed) {
  for (size_t i = 0; i < claimed; ++i) {
    if (x.is_finished(i))
      complete(x.items()[i], x.outcome(i));
    else
      complete(x.items()[i], failure{ec::timeout, overdue(spec_->policy.deadline), {}});
  }
  ready_.insert(ready_.begin(), x.items().begin() + static_cast<std::ptrdiff_t>(claimed),
                x.items().end());
}

bool consumer_state::may_run_another() const {
  auto own = spec_->policy.in_flight;
  return to_actor_ < env_.options.actor_in_flight
         && (own == 0 || to_actor_ + answered_ + answered_in_commit_ < own);
}

void consumer_state::run_actor(const caf::actor& target) {
  while (!ready_.empty() && may_run_another()) {
    auto x = std::move(ready_.front());
    ready_.pop_front();
    ++to_actor_;
    auto fail = [this, x](failure why) { on_outcome(x, {.error = std::move(why)}); };
    const auto& policy = spec_->policy;
    auto deadline = policy.deadline == no_deadline ? caf::duration{caf::infinite}
                                                   : caf::duration{policy.deadline};
    self_->request(target, deadline, x)
      .then([this, x](const delivery_outcome_ptr& outcome) { on_outcome(x, *outcome); },
            [this, x, fail](const caf::error& reason) {
              // Any reply counts as success; only an error is a failure.
              if (reason == caf::sec::unexpected_response)
                on_outcome(x, {});
              else if (reason == caf::sec::request_timeout)
                fail({ec::timeout, overdue(spec_->policy.deadline), {}});
              else
                fail({ec::handler_failed, self_->system().render(reason), {}});
            });
  }
}

void consumer_state::on_outcome(const delivery& x, const delivery_outcome& outcome) {
  --to_actor_;
  ++answered_;
  merge(outcome.made);
  if (outcome.hold_until)
    held_until_ = std::max(held_until_, self_->clock().now() + (*outcome.hold_until - env_.now()));
  complete(x, outcome.error, outcome.not_before, outcome.status);
  pump();
}

// -- outcomes -----------------------------------------------------------------

void consumer_state::complete(const delivery& x, const std::optional<failure>& error,
                              std::optional<timestamp> not_before, int status) {
  delivery_key key{x.event->seq, x.replay_id};
  last_progress_ = env_.now();
  worked_since_commit_ = true;
  if (error) {
    ++failed_;
    last_error_ = error->detail.empty() ? std::string{sentence_of(error->code)} : error->detail;
    error_changed_ = true;
    window_->failed(key, last_error_, env_.now(), not_before, status);
  } else {
    ++delivered_;
    window_->succeeded(key);
  }
  auto job = x.replay_id == 0 ? jobs_.end() : jobs_.find(key);
  if (job == jobs_.end())
    return;
  job->second->failed |= error.has_value();
  if (--job->second->remaining == 0)
    finish_job(job->second);
  jobs_.erase(job);
}

void consumer_state::finish_job(const std::shared_ptr<replay_job>& job) {
  if (job->failed)
    jobs_to_commit_.push_back(job);
  else
    job->promise.deliver(atom::done_v);
}

} // namespace carillon
