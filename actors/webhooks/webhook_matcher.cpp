#include "actors/webhooks/webhook_matcher.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace carillon {

namespace {

/// An event joins the group of one of so many before it; more would cost more than they save.
constexpr size_t compared_groups = 8;

} // namespace

webhook_matcher::webhook_matcher(std::shared_ptr<webhook_index> index, webhook_hub_actor hub)
  : index_(std::move(index)), hub_(std::move(hub)) {
}

void webhook_matcher::handle(const event& x, effects& out) {
  ids_.clear();
  index_->match(x, ids_, out.rows<webhook_activation>());
}

void webhook_matcher::take(const event_ptr& x, effects& out) {
  handle(*x, out);
  found_.to = x->seq;
  if (!ids_.empty())
    group_of_ids().events.push_back(x);
}

webhook_matches::group& webhook_matcher::group_of_ids() {
  auto& groups = found_.groups;
  const auto seen = std::min(groups.size(), compared_groups);
  for (auto i = groups.rbegin(); i != groups.rbegin() + static_cast<std::ptrdiff_t>(seen); ++i)
    if (i->webhooks == ids_)
      return *i;
  return groups.emplace_back(webhook_matches::group{ids_, {}});
}

void webhook_matcher::finish() noexcept {
  if (!found_.groups.empty())
    caf::anon_send(hub_,
                   webhook_matches_ptr{std::make_shared<const webhook_matches>(std::move(found_))});
  found_ = {};
}

} // namespace carillon
