#include "actors/sessions/live_rounds.hpp"

#include "messages/events/viewer.hpp"

#include <string_view>
#include <unordered_set>
#include <utility>

namespace carillon {

namespace {

/// The part that a viewer may see.
live_segment_ptr share_of(const viewer& who, const std::vector<live_event_ptr>& events,
                          position to) {
  std::vector<live_event_ptr> out;
  for (const auto& x : events)
    if (may_see(who, x->get()))
      out.push_back(x);
  return std::make_shared<const live_segment>(std::move(out), to);
}

} // namespace

void live_rounds::send(const session_index& sessions, const std::vector<live_event_ptr>& events,
                       position to, const sender& send_to) {
  if (sessions.size() == 0)
    return;
  ++round_;
  send_shares(sessions, events, to, send_to);
  std::vector<live_event_ptr> for_all;
  for (const auto& x : events)
    if (x->get().audience == audience::all)
      for_all.push_back(x);
  if (for_all.empty())
    return;
  auto segment = std::make_shared<const live_segment>(std::move(for_all), to);
  for (const auto& [id, x] : sessions.all())
    if (x->round != round_)
      send_once(*x, segment, send_to);
}

/// Sends to the sessions that see more of it than all do.
void live_rounds::send_shares(const session_index& sessions,
                              const std::vector<live_event_ptr>& events, position to,
                              const sender& send_to) {
  for (const auto& x : events) {
    if (x->get().audience != audience::user)
      continue;
    if (const auto* of_user = sessions.of_user(x->get().user_id))
      for (auto* y : *of_user)
        if (y->round != round_ && may_see(y->info.who, x->get()))
          send_once(*y, share_of(y->info.who, events, to), send_to);
  }
  std::unordered_set<std::string_view> companies;
  for (const auto& x : events) {
    const auto& company = x->get().company_id;
    if (x->get().audience != audience::company || !companies.insert(company).second)
      continue;
    const auto* of_company = sessions.of_company(company);
    if (of_company == nullptr)
      continue;
    auto share = share_of({{}, company}, events, to);
    for (auto* y : *of_company)
      if (y->round != round_)
        send_once(*y, share, send_to);
  }
}

void live_rounds::send_once(session_entry& to, const live_segment_ptr& x,
                            const sender& send_to) const {
  to.round = round_;
  send_to(to, x);
}

} // namespace carillon
