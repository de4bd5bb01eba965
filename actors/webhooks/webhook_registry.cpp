#include "actors/webhooks/webhook_registry.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

webhook_registry::webhook_registry(std::shared_ptr<webhook_index> index, bound_ptr bound)
  : index_{std::move(index)}, bound_{std::move(bound)} {
  index_->count_in(bound_);
}

// -- webhooks -------------------------------------------------------------------

expected<bound_lease> webhook_registry::reserve(const std::string& company_id) const {
  return bound_lease::take(bound_, company_id, 1);
}

void webhook_registry::put(const webhook& x) {
  index_->put(x);
}

void webhook_registry::erase(uint64_t id) {
  index_->erase(id);
}

std::optional<webhook_registry::standing> webhook_registry::find(uint64_t id) const {
  return index_->find(id);
}

bool webhook_registry::is_enabled(uint64_t id) const {
  auto x = index_->find(id);
  return x && x->enabled;
}

expected<webhook_status> webhook_registry::status(uint64_t id) const {
  auto known = index_->find(id);
  if (!known)
    return failure{ec::not_found, "there is no webhook " + std::to_string(id), "id"};
  webhook_status out;
  out.id = id;
  out.consumer.name = webhook_consumer(id);
  out.consumer.paused = !known->enabled;
  out.consumer.cursor = known->active ? known->awake_at - 1 : matched_to_;
  if (known->active)
    out.consumer.lag = matched_to_ - std::min(matched_to_, out.consumer.cursor);
  if (in_waiting_.contains(id))
    out.consumer.last_error = "waits for its turn: too many webhooks are at work";
  return out;
}

// -- positions --------------------------------------------------------------------

void webhook_registry::start_at(position x) {
  matched_to_ = x;
  index_->start_at(x);
}

void webhook_registry::matched(position to) noexcept {
  matched_to_ = std::max(matched_to_, to);
}

position webhook_registry::reads_to(const standing& x) const noexcept {
  return std::max(matched_to_, x.put_at);
}

position webhook_registry::idle_to(const standing& x) noexcept {
  return x.active ? x.awake_at - 1 : x.asleep_at;
}

std::optional<position> webhook_registry::passivate(uint64_t id, position done) {
  return index_->try_passivate(id, done);
}

// -- waiting for a place ------------------------------------------------------------

void webhook_registry::enqueue(uint64_t id) {
  if (in_waiting_.insert(id).second)
    waiting_.push(index_->company_of(id), id, 1);
}

std::optional<uint64_t> webhook_registry::next_waiting() {
  if (waiting_.empty())
    return std::nullopt;
  auto id = waiting_.pop();
  in_waiting_.erase(id);
  return id;
}

void webhook_registry::forget_waiting() {
  waiting_.remove_if([](uint64_t) { return true; });
  in_waiting_.clear();
}

// -- disabling ------------------------------------------------------------------------

bool webhook_registry::begin_disabling(uint64_t id) {
  return is_enabled(id) && disabling_.insert(id).second;
}

void webhook_registry::end_disabling(uint64_t id) {
  disabling_.erase(id);
}

} // namespace carillon
