#include "actors/state_keeper.hpp"

#include "actors/actor_defaults.hpp"

namespace carillon {

namespace {

template <class T>
caf::result<T> answer(expected<T> x) {
  if (!x)
    return to_error(x.error());
  return std::move(*x);
}

caf::result<atom::done> answer(const expected<void>& x) {
  if (!x)
    return to_error(x.error());
  return atom::done_v;
}

} // namespace

caf::result<atom::done> state_keeper_state::enqueue(const consumer_commit_ptr& x) {
  if (waiting_.empty())
    self->send(self, atom::flush_v);
  waiting_.push_back({x, self->make_response_promise<atom::done>()});
  return waiting_.back().promise;
}

void state_keeper_state::flush() {
  auto group = std::exchange(waiting_, {});
  std::vector<consumer_commit_ptr> commits;
  commits.reserve(group.size());
  for (const auto& x : group)
    commits.push_back(x.commit);
  auto all = store->commit(commits);
  for (auto& x : group) {
    auto one = all || group.size() == 1 ? all : store->commit(std::span{&x.commit, 1});
    if (one)
      x.promise.deliver(atom::done_v);
    else
      x.promise.deliver(to_error(one.error()));
  }
}

state_actor::behavior_type state_keeper(state_actor::stateful_pointer<state_keeper_state> self,
                                        std::shared_ptr<state_store> store) {
  auto* st = &self->state;
  st->self = self;
  st->store = std::move(store);
  stay_alive(self);
  return {
    [st](const open_consumer& x) -> caf::result<opened_consumer_ptr> {
      auto opened = st->store->open(x, wall_clock_now());
      if (!opened)
        return to_error(opened.error());
      return opened_consumer_ptr{std::make_shared<const opened_consumer>(std::move(*opened))};
    },
    [st](const consumer_commit_ptr& x) { return st->enqueue(x); },
    [st](const find_failures& x) { return answer(st->store->failures(x)); },
    [st](const list_consumers&) { return answer(st->store->consumers()); },
    [st](const pause_consumer& x) { return answer(st->store->pause(x, wall_clock_now())); },
    [st](const list_dead_letters& x) { return answer(st->store->dead_letters(x)); },
    [st](const resolve_dead_letter& x) { return answer(st->store->resolve(x, wall_clock_now())); },
    [st](const append_audit& x) { return answer(st->store->append(x)); },
    [st](const list_audit& x) { return answer(st->store->audit(x)); },
    [st](const verify_audit& x) { return answer(st->store->verify(x)); },
    [st](const query_metrics& x) { return answer(st->store->metrics(x)); },
    [st](const create_replay& x) { return answer(st->store->create(x, wall_clock_now())); },
    [st](const update_replay& x) { return answer(st->store->update(x, wall_clock_now())); },
    [st](const get_replay& x) { return answer(st->store->replay(x)); },
    [st](const list_running_replays&) { return answer(st->store->running_replays()); },
    [st](const list_replays& x) { return answer(st->store->replays(x)); },
    [st](const create_api_key& x) { return answer(st->store->create(x, wall_clock_now())); },
    [st](const delete_api_key& x) { return answer(st->store->remove(x, wall_clock_now())); },
    [st](const list_api_keys&) { return answer(st->store->keys()); },
    [st](const put_event_type& x) { return answer(st->store->put(x, wall_clock_now())); },
    [st](const list_event_types&) { return answer(st->store->event_types()); },
    [st](atom::flush) { st->flush(); },
  };
}

} // namespace carillon
