#include "actors/webhooks/webhook_views.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace carillon {

namespace {

constexpr std::chrono::seconds view_deadline{5};
/// Endpoints that are asked for their lag.
constexpr size_t max_asked = 50;
constexpr size_t max_shown = 10;
/// Webhooks that one replay may go to.
constexpr size_t max_replayed = 1'000;

/// Collects the answers of several endpoints.
struct status_round {
  caf::typed_response_promise<webhook_overview> promise;
  webhook_overview out;
  size_t awaited = 1;

  void answer() {
    if (--awaited > 0)
      return;
    auto& all = out.furthest_behind;
    std::sort(all.begin(), all.end(),
              [](const auto& x, const auto& y) { return x.consumer.lag > y.consumer.lag; });
    if (all.size() > max_shown)
      all.resize(max_shown);
    promise.deliver(std::move(out));
  }
};

/// Running endpoints to ask, those that are behind first.
std::vector<uint64_t> busiest(endpoint_table& table) {
  std::vector<uint64_t> out;
  for (const auto& [id, x] : table)
    if (x.runs() && x.feed.is_behind())
      out.push_back(id);
  for (const auto& [id, x] : table)
    if (out.size() < max_asked && x.runs() && !x.feed.is_behind())
      out.push_back(id);
  if (out.size() > max_asked)
    out.resize(max_asked);
  return out;
}

} // namespace

webhook_views::webhook_views(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                             const webhook_registry& registry, webhook_endpoints& endpoints)
  : self_{self}, env_{env}, registry_{registry}, endpoints_{endpoints} {
}

caf::result<webhook_status> webhook_views::status(uint64_t id) {
  auto known = registry_.status(id);
  if (!known)
    return to_error(known.error());
  auto out = std::move(*known);
  auto* x = endpoints_.table().find(id);
  if (x != nullptr)
    out.consumer.last_error = x->last_error;
  if (x == nullptr || x->consumer == nullptr)
    return stored_status(std::move(out));
  auto promise = self_->make_response_promise<webhook_status>();
  self_->request(x->consumer, view_deadline, atom::status_v)
    .then(
      [this, out, promise](const consumer_status& y) mutable {
        out.running = true;
        out.consumer = with_lag(out.id, y);
        promise.deliver(std::move(out));
      },
      [out, promise](const caf::error&) mutable { promise.deliver(std::move(out)); });
  return promise;
}

consumer_status webhook_views::with_lag(uint64_t id, consumer_status x) const {
  const auto* found = endpoints_.table().find(id);
  if (found != nullptr && found->feed.is_behind())
    x.lag = std::max(x.lag, registry_.matched_to() - std::min(registry_.matched_to(), x.cursor));
  return x;
}

caf::result<webhook_status> webhook_views::stored_status(webhook_status known) {
  auto promise = self_->make_response_promise<webhook_status>();
  // Its consumer was stored with the webhook, so this request creates nothing.
  open_consumer request{known.consumer.name, known.consumer.cursor};
  self_->request(env_.consumers.state, view_deadline, std::move(request))
    .then(
      [known, promise](const opened_consumer_ptr& x) mutable {
        auto& to = known.consumer;
        to.retrying = x->retries.size();
        to.dead_letters = x->record.dead_letters;
        to.oldest_failure = x->record.oldest_failure;
        if (to.last_error.empty())
          to.last_error = x->record.last_error;
        promise.deliver(std::move(known));
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<webhook_overview> webhook_views::overview() {
  auto& table = endpoints_.table();
  auto round = std::make_shared<status_round>();
  round->promise = self_->make_response_promise<webhook_overview>();
  auto promise = round->promise;
  round->out.registered = registry_.index().size();
  round->out.disabled = registry_.index().disabled();
  round->out.waiting = registry_.waiting();
  round->out.running = static_cast<uint64_t>(
    std::count_if(table.begin(), table.end(), [](const auto& x) { return x.second.runs(); }));
  auto asked = busiest(table);
  round->awaited += asked.size();
  for (auto id : asked)
    self_->request(table.find(id)->consumer, view_deadline, atom::status_v)
      .then(
        [this, round, id](const consumer_status& y) {
          round->out.furthest_behind.push_back({id, true, with_lag(id, y)});
          round->answer();
        },
        [round](const caf::error&) { round->answer(); });
  round->answer();
  return promise;
}

caf::result<webhook_consumers> webhook_views::consumers(const std::string& company_id) const {
  webhook_consumers out;
  auto ids = registry_.index().enabled(company_id);
  if (ids.size() > max_replayed)
    return to_error({ec::overloaded, "a replay goes to 1000 webhooks at most", "target"});
  for (auto id : ids)
    out.names.push_back(webhook_consumer(id));
  return out;
}

} // namespace carillon
