#include "handlers/notification/announcer.hpp"

#include "base/json/appender.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/codec/catalogue/notification.hpp"
#include "messages/codec/described.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Notifications that one transaction deletes.
constexpr size_t trim_page_size = 1'000;

expected<draft_ptr> draft_of(const notification& x) {
  notification_sent what;
  what.company_id = x.company_id;
  what.user_id = x.user_id;
  what.notification_id = std::to_string(x.id);
  what.channel = name_of(contact_channel::notification);
  what.title = x.title;
  publish_options options;
  // The same on every try, so that a repeat is a duplicate.
  options.id = "notification/" + what.notification_id;
  options.source = "/carillon/notifications";
  options.time = x.created_at;
  // Caused by a publisher's event, or by a report of the engine. In both cases its own failures are
  // not reported.
  options.hops = is_engine_type(x.kind) ? 2 : 1;
  options.metadata.clear();
  json_appender{options.metadata}
    .begin_object()
    .member("kind", x.kind)
    .member("eventSeq", x.event_seq)
    .end_object();
  return make_draft(what, options);
}

} // namespace

void announcer_state::init(announcer_actor::pointer self, announcer_env env) {
  self_ = self;
  env_ = std::move(env);
  pause_ = env_.options.pause;
  auto now = self_->clock().now();
  look_at_ = now + env_.options.tick;
  trim_at_ = now + env_.options.trim_interval;
  // Listens first: later notifications are announced to it, and earlier ones are found.
  self_->send(env_.state_writer, atom::notified_v, effect_listener_actor{self_});
  look();
  arm();
}

// -- callbacks ----------------------------------------------------------------------

void announcer_state::on_committed() {
  again_ = true;
  look();
}

void announcer_state::on_tick(uint64_t generation) {
  if (generation != generation_ || draining_)
    return;
  auto now = self_->clock().now();
  if (now >= look_at_) {
    look_at_ = now + env_.options.tick;
    again_ = true;
  }
  look();
  if (!trimming_ && now >= trim_at_)
    trim();
  arm();
}

caf::result<atom::done> announcer_state::drain() {
  auto promise = self_->make_response_promise<atom::done>();
  draining_ = true;
  if (busy_)
    drain_promises_.push_back(promise);
  else
    promise.deliver(atom::done_v);
  return promise;
}

// -- a round ------------------------------------------------------------------------

void announcer_state::look() {
  if (busy_ || draining_ || !again_ || self_->clock().now() < pause_until_)
    return;
  busy_ = true;
  again_ = false;
  unannounced_notifications request;
  request.limit = env_.options.batch;
  self_->request(env_.state_reader, store_deadline, request)
    .then([this](const notifications& found) { publish(found); },
          [this](const caf::error&) { rest(); });
}

void announcer_state::publish(const notifications& found) {
  if (found.empty()) {
    end_round();
    return;
  }
  // A full page means that there may be more.
  again_ = again_ || found.size() >= env_.options.batch;
  auto up_to = found.back().id;
  std::vector<draft_ptr> drafts;
  drafts.reserve(found.size());
  for (const auto& x : found)
    // A notification that cannot become an event never will: it stays in its user's list, and does
    // not block others.
    if (auto draft = draft_of(x))
      drafts.push_back(std::move(*draft));
  if (drafts.empty()) {
    note(up_to);
    return;
  }
  auto done = [me = announcer_actor{self_}, up_to](const expected<receipts>& result) {
    caf::anon_send(me, atom::done_v, up_to, result.has_value());
  };
  auto deadline = self_->clock().now() + env_.options.publish_deadline;
  self_->send(env_.router,
              std::make_shared<publish_call>(std::move(drafts), deadline, std::move(done)));
}

void announcer_state::on_published(uint64_t up_to, bool done) {
  if (done)
    note(up_to);
  else
    rest();
}

void announcer_state::note(uint64_t up_to) {
  self_->request(env_.state_writer, store_deadline, note_announced{up_to})
    .then([this](atom::done) { end_round(); }, [this](const caf::error&) { rest(); });
}

void announcer_state::end_round() {
  busy_ = false;
  pause_ = env_.options.pause;
  for (auto& promise : std::exchange(drain_promises_, {}))
    promise.deliver(atom::done_v);
  look();
}

/// Log or store failed: repeats everything later.
void announcer_state::rest() {
  pause_until_ = self_->clock().now() + pause_;
  auto longer = std::min(pause_ * 2, env_.options.max_pause);
  again_ = true;
  end_round();
  pause_ = longer;
  arm();
}

// -- housekeeping -------------------------------------------------------------------

void announcer_state::trim() {
  trimming_ = true;
  trim_at_ = self_->clock().now() + env_.options.trim_interval;
  trim_notifications request;
  request.before = env_.now() - env_.options.keep;
  request.limit = trim_page_size;
  self_->request(env_.state_writer, store_deadline, request)
    .then(
      [this](uint64_t deleted) {
        trimming_ = false;
        // More of them: at once, after waiting messages.
        if (deleted >= trim_page_size && !draining_)
          trim();
      },
      [this](const caf::error&) { trimming_ = false; });
}

void announcer_state::arm() {
  if (draining_)
    return;
  auto now = self_->clock().now();
  auto when = std::min(look_at_, std::max(trim_at_, now + env_.options.tick));
  if (pause_until_ > now)
    when = std::min(when, pause_until_);
  self_->delayed_send(self_, std::max<clock::duration>(when - now, std::chrono::milliseconds{1}),
                      atom::tick_v, ++generation_);
}

announcer_actor::behavior_type announcer(announcer_actor::stateful_pointer<announcer_state> self,
                                         announcer_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  return {
    [st](atom::committed) { st->on_committed(); },
    [st](atom::drain) { return st->drain(); },
    [st](atom::done, uint64_t up_to, bool done) { st->on_published(up_to, done); },
    [st](atom::tick, uint64_t generation) { st->on_tick(generation); },
  };
}

} // namespace carillon
