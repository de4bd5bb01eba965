#include "actors/log/indexer.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void indexer_state::init(indexer_actor::pointer self, std::shared_ptr<store_indexer> index,
                         router_actor router, indexer_options options) {
  self_ = self;
  index_ = std::move(index);
  router_ = std::move(router);
  options_ = std::move(options);
  ended_ = self_->clock().now();
}

void indexer_state::arrange(std::chrono::milliseconds pause) {
  if (std::exchange(arranged_, true))
    return;
  self_->delayed_send(self_, pause, atom::tick_v, uint64_t{0});
}

/// In which as many events come as a full batch has, if they go on as since the last step.
/// @param events that were indexed since
std::chrono::milliseconds indexer_state::pause_after(uint64_t events) {
  const auto now = self_->clock().now();
  const auto since = now - std::exchange(ended_, now);
  if (events < options_.busy_batch)
    return options_.pause;
  const auto wanted
    = since / static_cast<int64_t>(events) * static_cast<int64_t>(options_.full_batch);
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(wanted), options_.pause,
                    std::max(options_.pause, options_.longest_pause));
}

void indexer_state::step() {
  arranged_ = false;
  auto progress = index_->step();
  if (progress) {
    self_->send(router_, atom::indexed_v, progress->indexed);
    if (options_.on_progress)
      options_.on_progress(*progress);
    const auto events = progress->indexed - std::exchange(indexed_, progress->indexed);
    const auto pause = pause_after(events);
    // Far behind: at once. Near the head: a pause lets a batch gather, which costs a fraction of
    // many small ones.
    auto far = progress->head - progress->indexed >= options_.full_batch;
    arrange(far ? std::chrono::milliseconds{0} : pause);
  } else {
    arrange(options_.pause * 10);
  }
}

indexer_actor::behavior_type indexer(indexer_actor::stateful_pointer<indexer_state> self,
                                     std::shared_ptr<store_indexer> index, router_actor router,
                                     indexer_options options) {
  self->state.init(self, std::move(index), std::move(router), std::move(options));
  stay_alive(self);
  run_in_background(self);
  self->state.arrange(std::chrono::milliseconds{0});
  return {
    [self](atom::head, position) { self->state.arrange(std::chrono::milliseconds{0}); },
    [self](atom::tick, uint64_t) { self->state.step(); },
  };
}

} // namespace carillon
