#include "actors/sessions/session_base.hpp"

#include "actors/sessions/actor_peer.hpp"
#include "messages/sessions/texts.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

session_base::~session_base() {
  // It ended, but not by its client: an internal fault.
  if (link_ && !ended_)
    link_->close(session_close::internal, position_);
}

void session_base::begin(session_actor::pointer self, const session_opening& x) {
  self_ = self;
  env_ = x.env;
  link_ = x.wanted.link;
  gauge_ = x.gauge;
  id_ = x.id;
  const auto& since = x.wanted.request.since;
  position_ = since.value_or(x.head);
  link_->bind(std::make_shared<actor_peer>(session_actor{self_}));
  if (since)
    env_->stats->session_resumes.fetch_add(1, std::memory_order_relaxed);
}

// -- ends ---------------------------------------------------------------------

bool session_base::leave() {
  if (std::exchange(ended_, true))
    return false;
  give_up();
  self_->send(env_->hub, atom::detach_v, id_);
  return true;
}

void session_base::end(session_close why) {
  if (leave())
    link_->close(why, position_);
}

void session_base::refuse(const failure& why, session_close code, position resume) {
  if (leave())
    link_->refuse(why, code, resume);
}

void session_base::on_closed() {
  ended_ = true;
  give_up();
  self_->quit();
}

// -- the client ---------------------------------------------------------------

void session_base::permit_texts() {
  commands_.emplace(env_->options.commands_per_second);
}

bool session_base::take_text() {
  link_->took();
  auto now = self_->clock().now();
  if (!commands_ || commands_->ready_at(now) > now)
    return false;
  commands_->take(now);
  return true;
}

void session_base::skip_gap(position first) {
  if (first <= position_ + 1)
    return;
  link_->say("gap", gap_json(position_ + 1, first - 1));
  position_ = first - 1;
}

std::string session_base::enter_history(const std::string& of_client) {
  const auto seen = position_;
  const auto next = resume_at(env_->histories, {of_client, seen});
  position_ = next.after;
  if (!next.has_gap)
    return {};
  const auto from = next.after + 1;
  return history_gap_json(from, std::max(from, seen), env_->histories.current);
}

std::string session_base::place() const {
  if (link_->wire() == session_wire::websocket || !env_->history)
    return {};
  return to_string(history_position{*env_->history, position_});
}

void session_base::count_sent(size_t events) {
  env_->stats->session_events.fetch_add(events, std::memory_order_relaxed);
}

void session_base::tick_after(std::chrono::milliseconds pause) {
  self_->delayed_send(self_, pause, atom::tick_v, ++generation_);
}

} // namespace carillon
