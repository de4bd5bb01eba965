#include "actors/state/state.hpp"

#include "messages/actor_defaults.hpp"

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

/// For what is large, and travels shared.
template <class T>
caf::result<std::shared_ptr<const T>> share(expected<T> x) {
  if (!x)
    return to_error(x.error());
  return std::shared_ptr<const T>{std::make_shared<const T>(std::move(*x))};
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
  bool added_jobs = false;
  bool told_people = false;
  for (auto& x : group) {
    auto one = all || group.size() == 1 ? all : store->commit(std::span{&x.commit, 1});
    if (!one) {
      x.promise.deliver(to_error(one.error()));
      continue;
    }
    added_jobs = added_jobs || !x.commit->effects.jobs.empty();
    told_people = told_people || !x.commit->effects.notifications.empty();
    x.promise.deliver(atom::done_v);
  }
  if (added_jobs)
    tell_enqueued();
  if (told_people)
    for (const auto& x : notification_listeners)
      self->send(x, atom::committed_v);
}

void state_keeper_state::tell_enqueued() {
  for (const auto& x : job_listeners)
    self->send(x, atom::committed_v);
}

full_state_actor::behavior_type
state_keeper(full_state_actor::stateful_pointer<state_keeper_state> self,
             std::shared_ptr<state_store> store) {
  auto* st = &self->state;
  st->self = self;
  st->store = std::move(store);
  stay_alive(self);
  return {
    [st](const open_consumer& x) { return share(st->store->open(x, wall_clock_now())); },
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
    [st](const insert_webhook& x) { return answer(st->store->insert(x, wall_clock_now())); },
    [st](const update_webhook& x) { return answer(st->store->update(x, wall_clock_now())); },
    [st](const enable_webhook& x) { return answer(st->store->enable(x, wall_clock_now())); },
    [st](const delete_webhook& x) { return answer(st->store->remove(x, wall_clock_now())); },
    [st](const add_webhook_secret& x) {
      return answer(st->store->add_secret(x, wall_clock_now()));
    },
    [st](const get_webhook& x) { return share(st->store->get(x)); },
    [st](const list_webhooks& x) { return answer(st->store->webhooks(x)); },
    [st](const note_webhook_asleep& x) { return answer(st->store->note_asleep(x)); },
    [st](const list_webhook_deliveries& x) { return answer(st->store->deliveries(x)); },
    [st](const get_webhook_delivery& x) { return share(st->store->delivery(x)); },
    [st](const resend_webhook_delivery& x) {
      return answer(st->store->resend(x, wall_clock_now()));
    },
    [st](const recover_webhook& x) { return answer(st->store->recover(x, wall_clock_now())); },
    [st](const trim_webhook_deliveries& x) { return answer(st->store->trim(x)); },
    [st](atom::enqueued, const effect_listener_actor& x) { st->job_listeners.push_back(x); },
    [st](atom::notified, const effect_listener_actor& x) {
      st->notification_listeners.push_back(x);
    },
    [st](const enqueue_jobs& x) {
      auto out = st->store->enqueue(x, wall_clock_now());
      if (out)
        st->tell_enqueued();
      return answer(std::move(out));
    },
    [st](const lease_jobs& x) { return share(st->store->lease(x, wall_clock_now())); },
    [st](const finish_jobs& x) { return answer(st->store->finish(x, wall_clock_now())); },
    [st](const release_leases& x) { return answer(st->store->release(x, wall_clock_now())); },
    [st](const list_jobs& x) { return answer(st->store->jobs(x)); },
    [st](const get_job& x) { return answer(st->store->get(x)); },
    [st](const retry_job& x) {
      auto out = st->store->retry(x, wall_clock_now());
      if (out)
        st->tell_enqueued();
      return answer(std::move(out));
    },
    [st](const retry_jobs& x) {
      auto out = st->store->retry(x, wall_clock_now());
      if (out)
        st->tell_enqueued();
      return answer(std::move(out));
    },
    [st](const cancel_job& x) { return answer(st->store->cancel(x, wall_clock_now())); },
    [st](const pause_job_queue& x) {
      auto out = st->store->pause(x, wall_clock_now());
      if (out)
        st->tell_enqueued();
      return answer(out);
    },
    [st](const list_job_queues& x) { return answer(st->store->job_queues(x)); },
    [st](const trim_jobs& x) { return answer(st->store->trim(x)); },
    [st](const put_contact& x) { return answer(st->store->put(x, wall_clock_now())); },
    [st](const delete_contact& x) { return answer(st->store->remove(x, wall_clock_now())); },
    [st](const get_contact& x) { return answer(st->store->get(x)); },
    [st](const list_contacts& x) { return answer(st->store->contacts(x)); },
    [st](const list_notifications& x) { return answer(st->store->notifications_of(x)); },
    [st](const get_notification& x) { return answer(st->store->get(x)); },
    [st](const read_notifications& x) { return answer(st->store->read(x, wall_clock_now())); },
    [st](const unannounced_notifications& x) { return answer(st->store->unannounced(x)); },
    [st](const note_announced& x) { return answer(st->store->note(x)); },
    [st](const trim_notifications& x) { return answer(st->store->trim(x)); },
    [st](const add_document& x) { return answer(st->store->add(x, wall_clock_now())); },
    [st](const get_document& x) { return answer(st->store->get(x)); },
    [st](const list_documents& x) { return answer(st->store->documents(x)); },
    [st](const find_old_documents& x) { return answer(st->store->find(x)); },
    [st](const remove_documents& x) { return answer(st->store->remove(x, wall_clock_now())); },
  };
}

} // namespace carillon
