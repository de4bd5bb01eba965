#include "actors/consumers/retries/due_retries.hpp"

#include "actors/consumers/retries/dead_letter_note.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace carillon {

namespace {

/// Rows fetched from the log at a time.
constexpr size_t max_rows_at_once = 64;

/// How long the log may take to note a dead letter.
constexpr std::chrono::seconds note_deadline{10};

delivery_key key_of(const retry_row& x) {
  return {x.seq, x.replay_id};
}

} // namespace

due_retries::due_retries(consumer_actor::pointer self, const consumer_env& env,
                         const consumer_settings& spec, delivery_window& window,
                         commit_pipeline& commits, delivery_listener& listener)
  : self_(self), env_(env), spec_(spec), window_(window), commits_(commits), listener_(listener) {
}

void due_retries::start(position before) {
  for (const auto& row : window_.start_due(max_rows_at_once, env_.now(), before))
    fetch(row);
}

void due_retries::fetch(const retry_row& row) {
  self_->request(env_.reader, store_deadline, find_request{row.seq, {}, {}})
    .then([this, row](const event_ptr& x) { on_fetched(row, x); },
          [this, row](const caf::error& reason) {
            if (reason == ec::not_found)
              give_up(row, nullptr);
            else
              postpone(key_of(row));
            listener_.on_progress();
          });
}

void due_retries::on_fetched(const retry_row& row, const event_ptr& x) {
  if (row.is_last || row.attempts >= spec_.policy.max_attempts)
    give_up(row, x.get());
  else
    listener_.on_ready({x, spec_.name, row.attempts + 1, row.replay_id});
  listener_.on_progress();
}

void due_retries::give_up(const retry_row& row, const event* x) {
  auto key = key_of(row);
  auto letter = letter_of(spec_.name, row, x, env_.now());
  if (x == nullptr || !may_be_reported(*x)) {
    window_.give_up(key, std::move(letter));
    return;
  }
  auto draft = note_of(spec_, letter, row, *x);
  giving_up_.emplace(key, std::move(letter));
  if (draft)
    report(key, std::move(*draft));
  else
    on_reported(key, true);
}

void due_retries::report(delivery_key key, draft_ptr draft) {
  auto done = [me = consumer_actor{self_}, key](const expected<receipts>& result) {
    caf::anon_send(me, atom::done_v, key.seq, key.replay_id, result.has_value());
  };
  self_->send(env_.router, std::make_shared<publish_call>(std::vector<draft_ptr>{std::move(draft)},
                                                          self_->clock().now() + note_deadline,
                                                          std::move(done)));
}

void due_retries::on_reported(delivery_key x, bool noted) {
  auto i = giving_up_.find(x);
  if (i == giving_up_.end())
    return;
  if (noted)
    window_.give_up(x, std::move(i->second));
  else
    postpone(x);
  giving_up_.erase(i);
  commits_.changes().note_work();
  listener_.on_progress();
}

void due_retries::postpone(delivery_key x) {
  window_.postpone(x, env_.now() + env_.options.store_pause);
}

} // namespace carillon
