#include "actors/log/indexer.hpp"

#include "messages/actor_defaults.hpp"

namespace carillon {

void indexer_state::init(indexer_actor::pointer self, std::shared_ptr<store_indexer> index,
                         router_actor router, indexer_options options) {
  self_ = self;
  index_ = std::move(index);
  router_ = std::move(router);
  options_ = std::move(options);
}

void indexer_state::arrange(std::chrono::milliseconds pause) {
  if (std::exchange(arranged_, true))
    return;
  self_->delayed_send(self_, pause, atom::tick_v, uint64_t{0});
}

void indexer_state::step() {
  arranged_ = false;
  auto progress = index_->step();
  if (progress) {
    self_->send(router_, atom::indexed_v, progress->indexed);
    if (options_.on_progress)
      options_.on_progress(*progress);
    // Far behind: at once. Near the head: a pause lets a batch gather, which costs a fraction of
    // many small ones.
    auto far = progress->head - progress->indexed >= options_.full_batch;
    arrange(far ? std::chrono::milliseconds{0} : options_.pause);
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
