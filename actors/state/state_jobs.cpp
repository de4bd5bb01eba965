#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler job_handlers(store_actor_state* st) {
  return handlers_of(
    job_requests{},
    overloaded{
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
      [st](const trim_jobs& x) { return answer(st->store->trim(x)); }});
}

} // namespace carillon
