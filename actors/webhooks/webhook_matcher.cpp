#include "actors/webhooks/webhook_matcher.hpp"

#include <caf/send.hpp>

namespace carillon {

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
  for (auto id : ids_)
    found_.items.emplace_back(id, x);
}

void webhook_matcher::finish() noexcept {
  if (!found_.items.empty())
    caf::anon_send(hub_, webhook_matches_ptr{std::make_shared<const webhook_matches>(found_)});
  found_.items.clear();
}

} // namespace carillon
