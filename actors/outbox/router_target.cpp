#include "actors/outbox/router_target.hpp"

#include "messages/codec/codec.hpp"
#include "messages/events/publish.hpp"

#include <caf/send.hpp>

#include <future>
#include <memory>
#include <string>
#include <utility>

namespace carillon {

namespace {

expected<void> verdict_of(const receipt& x) {
  if (!x.is_conflict())
    return {};
  return failure{ec::conflict,
                 "the event " + std::to_string(x.seq) + " has this id, and the type "
                   + x.conflicting_type,
                 "id"};
}

} // namespace

expected<draft_ptr> router_target::draft_of(const outbox_row& x) const {
  std::string text;
  if (auto made = append_event(text, x); !made)
    return made.error();
  return parse_event(
    text,
    {.types = &types_, .accept_unknown_types = accept_unknown_types_, .now = wall_clock_now()});
}

expected<std::vector<expected<void>>> router_target::publish(const outbox_rows& rows) {
  std::vector<expected<void>> out(rows.size());
  std::vector<draft_ptr> drafts;
  std::vector<size_t> places;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto draft = draft_of(rows[i]);
    if (!draft) {
      out[i] = draft.error();
      continue;
    }
    drafts.push_back(std::move(*draft));
    places.push_back(i);
  }
  if (drafts.empty())
    return out;
  auto answer = std::make_shared<std::promise<expected<receipts>>>();
  auto stored = answer->get_future();
  caf::anon_send(router_, std::make_shared<publish_call>(
                            std::move(drafts), std::chrono::steady_clock::now() + deadline,
                            [answer](expected<receipts> x) { answer->set_value(std::move(x)); }));
  // The call is answered in any case: by the router within the deadline, or when it is dropped.
  auto done = stored.get();
  if (!done)
    return done.error();
  for (size_t i = 0; i < places.size() && i < done->size(); ++i)
    out[places[i]] = verdict_of((*done)[i]);
  return out;
}

} // namespace carillon
