#include "actors/consumers/runners/function_worker.hpp"

#include "messages/actor_defaults.hpp"

#include <exception>

namespace carillon {

namespace {

/// Runs the function; an exception fails only this delivery.
std::optional<failure> run(const handler_function& fn, const delivery& x) {
  try {
    auto result = fn(x);
    if (!result)
      return result.error();
    return std::nullopt;
  } catch (const std::exception& e) {
    return failure{ec::handler_failed, e.what(), {}};
  } catch (...) {
    return failure{ec::handler_failed, "the handler threw something that is no std::exception", {}};
  }
}

} // namespace

work::work(std::vector<delivery> items) : items_(std::move(items)), outcomes_(items_.size()) {
}

std::optional<size_t> work::claim() noexcept {
  auto seen = claimed_.load(std::memory_order_acquire);
  while ((seen & abandoned_bit) == 0 && seen < items_.size())
    if (claimed_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel))
      return static_cast<size_t>(seen);
  return std::nullopt;
}

void work::finish(size_t index, std::optional<failure> error) {
  outcomes_[index] = std::move(error);
  finished_.store(index + 1, std::memory_order_release);
}

size_t work::claimed() const noexcept {
  return static_cast<size_t>(claimed_.load(std::memory_order_acquire) & ~abandoned_bit);
}

size_t work::abandon() noexcept {
  return static_cast<size_t>(claimed_.fetch_or(abandoned_bit, std::memory_order_acq_rel)
                             & ~abandoned_bit);
}

bool work::is_finished(size_t index) const noexcept {
  return index < finished_.load(std::memory_order_acquire);
}

const std::optional<failure>& work::outcome(size_t index) const {
  return outcomes_[index];
}

function_worker_actor::behavior_type function_worker(function_worker_actor::pointer self,
                                                     handler_function fn, delivery_spans spans) {
  stay_alive(self);
  return {
    [fn = std::move(fn), spans = std::move(spans)](const work_ptr& x) {
      while (auto index = x->claim()) {
        const auto& item = x->items()[*index];
        const auto traced = spans.begin(*item.event);
        auto outcome = run(fn, item);
        if (traced)
          spans.end(*traced, item, outcome);
        x->finish(*index, std::move(outcome));
      }
      return atom::done_v;
    },
  };
}

} // namespace carillon
