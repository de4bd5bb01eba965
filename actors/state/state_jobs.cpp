#include "actors/state/handlers.hpp"

namespace carillon {

caf::message_handler job_handlers(store_actor_state* st) {
  auto* jobs = &st->store->jobs();
  return handlers_of(
    job_requests{},
    overloaded{
      [st](const enqueue_jobs& x) { return st->enqueue(x); },
      [st, jobs](const lease_jobs& x) {
        st->waiting_lease().end();
        return share(jobs->lease(x, wall_clock_now()));
      },
      [st](const await_jobs& x) { return st->await(x); },
      [jobs](const finish_jobs& x) { return answer(jobs->finish(x, wall_clock_now())); },
      [jobs](const renew_leases& x) { return answer(jobs->renew(x, wall_clock_now())); },
      [jobs](const note_progress& x) { return answer(jobs->note(x)); },
      [jobs](const release_leases& x) { return answer(jobs->release(x, wall_clock_now())); },
      [jobs](const list_jobs& x) { return answer(jobs->list(x)); },
      [jobs](const get_job& x) { return answer(jobs->get(x)); },
      [st, jobs](const retry_job& x) {
        auto out = jobs->retry(x, wall_clock_now());
        if (out)
          st->tell_enqueued();
        return answer(std::move(out));
      },
      [st, jobs](const retry_jobs& x) {
        auto out = jobs->retry(x, wall_clock_now());
        if (out)
          st->tell_enqueued();
        return answer(std::move(out));
      },
      [jobs](const cancel_job& x) { return answer(jobs->cancel(x, wall_clock_now())); },
      [st, jobs](const pause_job_queue& x) {
        auto out = jobs->pause(x, wall_clock_now());
        if (out)
          st->tell_enqueued();
        return answer(out);
      },
      [jobs](const list_job_queues& x) { return answer(jobs->queues(x)); },
      [jobs](const trim_jobs& x) { return answer(jobs->trim(x)); }});
}

} // namespace carillon
