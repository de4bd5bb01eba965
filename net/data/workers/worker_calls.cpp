#include "net/data/workers/worker_calls.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/workers/own_name.hpp"
#include "messages/workers/remote_queue.hpp"

#include <caf/after.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace carillon {

namespace {

using std::chrono::milliseconds;

/// Calls in progress, pulls that wait among them.
constexpr uint64_t most_calls = 4'096;

/// A longer array of jobs would hold up the connections of its loop.
constexpr size_t inline_array_bytes = 64UL * 1024;

/// How long deliveries whose client is gone may take to come back.
constexpr std::chrono::seconds release_deadline{10};

/// Why the caller does not get this consumer; empty if it does.
std::optional<failure> refusal_of(const worker_calls::work_place& at,
                                  const remote_consumer_desk& found) {
  if (!at.companies && found.consumer.company_id)
    return of_a_company(at.name);
  return std::nullopt;
}

/// Asks for the desk of a place, then calls `found(desk)`, or `fail` with a failure.
template <class Found, class Fail>
void ask_for_desk(caf::event_based_actor* self, milliseconds left, const worker_hub_actor& hub,
                  const queue_hub_actor& queues, const worker_calls::work_place& at, Found found,
                  Fail fail) {
  auto failed = [fail](const caf::error& why) { fail(to_failure(why)); };
  if (at.of == work_kind::jobs) {
    self->request(queues, left, atom::find_v, at.name, at.company).then(found, failed);
    return;
  }
  self->request(hub, left, atom::find_v, at.name, at.company)
    .then(
      [found, fail, at](const remote_consumer_desk& x) {
        if (auto why = refusal_of(at, x))
          fail(std::move(*why));
        else
          found(x.desk);
      },
      failed);
}

failure no_job(uint64_t id) {
  return {ec::not_found, "there is no job " + std::to_string(id), "id"};
}

} // namespace

worker_calls::worker_calls(caf::actor_system& system, const engine_handles& actors, bounds& shared,
                           const worker_options& options)
  : calls_(system, shared.add("worker calls", "requests in progress", most_calls)),
    hub_(actors.workers), queues_(actors.queue_workers), jobs_(actors.jobs),
    reader_(actors.state_reader.jobs), writer_(actors.state_writer.jobs), history_(actors.history),
    options_(options), names_(std::make_shared<data::queue_names>(shared.add(
                         "job queue names", "queues with jobs", options.max_queue_names))) {
}

template <class Answer, class Step>
void worker_calls::find(work_place at, time_point until, reply<Answer> to, Step step) {
  auto company = at.company;
  calls_.begin<Answer>(company, until, std::move(to),
                       [hub = hub_, at = std::move(at),
                        step = std::move(step)](caf::event_based_actor* self, milliseconds left,
                                                pending_ptr<Answer> pending) {
                         self->request(hub, left, atom::find_v, at.name, at.company)
                           .then(
                             [=](const remote_consumer_desk& found) {
                               if (auto why = refusal_of(at, found))
                                 pending->to(std::move(*why));
                               else
                                 step(self, left, pending, found);
                             },
                             failing(pending));
                       });
}

void worker_calls::put(put_remote_consumer x, time_point until, reply<put_result> to) {
  auto company = x.consumer.company_id.value_or(std::string{});
  calls_.begin<put_result>(
    company, until, std::move(to),
    [hub = hub_, x = std::move(x)](caf::event_based_actor* self, milliseconds left,
                                   const pending_ptr<put_result>& pending) {
      self->request(hub, left, x)
        .then([pending](const put_result& y) { pending->to(y); }, failing(pending));
    });
}

void worker_calls::remove(work_place at, operator_stamp by, time_point until, reply<bool> to) {
  find<bool>(std::move(at), until, std::move(to),
             [hub = hub_, by = std::move(by)](caf::event_based_actor* self, milliseconds left,
                                              const pending_ptr<bool>& pending,
                                              const remote_consumer_desk& found) {
               self->request(hub, left, remove_remote_consumer{found.consumer.name, by})
                 .then([pending](atom::done) { pending->to(true); }, failing(pending));
             });
}

void worker_calls::show(work_place at, time_point until, reply<view> to) {
  find<view>(std::move(at), until, std::move(to),
             [](caf::event_based_actor* self, milliseconds left, const pending_ptr<view>& pending,
                const remote_consumer_desk& found) {
               self->request(found.desk, left, atom::status_v)
                 .then(
                   [pending, consumer = found.consumer](const worker_status& x) {
                     pending->to(view{consumer, x});
                   },
                   failing(pending));
             });
}

template <class Answer, class Step>
void worker_calls::at_desk(work_place at, time_point until, reply<Answer> to, Step step) {
  auto company = at.company;
  calls_.begin<Answer>(company, until, std::move(to),
                       [hub = hub_, queues = queues_, at = std::move(at),
                        step = std::move(step)](caf::event_based_actor* self, milliseconds left,
                                                pending_ptr<Answer> pending) {
                         ask_for_desk(
                           self, left, hub, queues, at,
                           [=](const worker_desk_actor& desk) { step(self, left, pending, desk); },
                           [pending](failure why) { pending->to(std::move(why)); });
                       });
}

/// Its actor has messages, and so an end: the cancellation comes behind the pull in the mailbox of
/// the desk.
std::function<void()> worker_calls::pull(work_place at, pull_deliveries x, time_point until,
                                         reply<handed_deliveries_ptr> to) {
  x.ticket = tickets_.fetch_add(1, std::memory_order_relaxed) + 1;
  auto company = at.company;
  auto step = [hub = hub_, queues = queues_, at = std::move(at),
               x](caf::event_based_actor* self, milliseconds left,
                  const pending_ptr<handed_deliveries_ptr>& pending) {
    auto desk = std::make_shared<worker_desk_actor>();
    auto finish = [self, pending](expected<handed_deliveries_ptr> y) {
      if (pending->to)
        std::exchange(pending->to, nullptr)(std::move(y));
      self->quit();
    };
    self->become(
      [self, desk, finish, ticket = x.ticket](atom::closed) {
        if (*desk != nullptr)
          self->send(*desk, atom::closed_v, ticket);
        else
          finish(std::make_shared<const handed_deliveries>());
      },
      caf::after(left) >>
        [self, desk, ticket = x.ticket] {
          if (*desk != nullptr)
            self->send(*desk, atom::closed_v, ticket);
        });
    ask_for_desk(
      self, left, hub, queues, at,
      [=](const worker_desk_actor& found) {
        *desk = found;
        // However late it answers: what it handed over is to come back.
        self->request(found, answered_or_ended, x)
          .then([finish](const handed_deliveries_ptr& all) { finish(all); },
                [finish](const caf::error& why) { finish(to_failure(why)); });
      },
      finish);
  };
  auto waits = calls_.begin<handed_deliveries_ptr>(company, until, std::move(to), std::move(step));
  return [waits] {
    if (waits != nullptr)
      caf::anon_send(waits, atom::closed_v);
  };
}

void worker_calls::release(work_place at, const handed_deliveries_ptr& xs) {
  settle_deliveries all;
  for (const auto& x : *xs)
    all.items.push_back({.what = settlement::kind::release, .id = x.id, .fence = x.fence});
  settle(std::move(at), std::move(all), time_point::clock::now() + release_deadline,
         [](const expected<settled_deliveries>&) {});
}

void worker_calls::settle(work_place at, settle_deliveries x, time_point until,
                          reply<settled_deliveries> to) {
  at_desk<settled_deliveries>(
    std::move(at), until, std::move(to),
    [x = std::move(x)](caf::event_based_actor* self, milliseconds left,
                       const pending_ptr<settled_deliveries>& pending,
                       const worker_desk_actor& desk) {
      self->request(desk, left, x)
        .then([pending](const settled_deliveries& done) { pending->to(done); }, failing(pending));
    });
}

// -- jobs -----------------------------------------------------------------------

void worker_calls::enqueue(data::given_jobs xs, std::string company, time_point until,
                           reply<data::job_verdicts> to) {
  if (auto pending = calls_.admit<data::job_verdicts>(company, std::move(to)))
    add(std::move(xs), until, std::move(pending));
}

void worker_calls::enqueue(std::string_view array, const principal& who, time_point until,
                           reply<data::job_verdicts> to) {
  auto pending = calls_.admit<data::job_verdicts>(who.company_id, std::move(to),
                                                  1 + array.size() / job_limits::payload_bytes);
  if (!pending)
    return;
  auto jobs = std::make_shared<data::job_array>(std::string{array}, wall_clock_now());
  auto step = [this, jobs, who, until, pending](time_point turn) {
    try {
      auto done = jobs->parse(turn);
      if (done && !*done)
        return false;
      if (done)
        add(data::claimed(jobs->take(), who), until, pending);
      else
        pending->to(done.error());
    } catch (const std::exception&) {
      // Out of memory: only this request fails.
      pending->to(failure{ec::internal, "the request could not be handled", {}});
    }
    return true;
  };
  if (array.size() <= inline_array_bytes)
    step(time_point::max());
  else
    parser_.push(who.company_id, std::move(step));
}

void worker_calls::add(data::given_jobs xs, time_point until,
                       pending_ptr<data::job_verdicts> pending) {
  auto adder = std::make_shared<data::job_adder>(
    data::job_ways{jobs_, reader_, writer_, names_}, std::move(xs),
    [pending](expected<data::job_verdicts> done) { pending->to(std::move(done)); });
  calls_.begin<data::job_verdicts>(
    std::move(pending), until,
    [adder](caf::event_based_actor* self, milliseconds left,
            const pending_ptr<data::job_verdicts>&) { adder->begin(self, left); });
}

void worker_calls::show_job(uint64_t id, std::string company,
                            std::function<bool(const job&)> may_see, time_point until,
                            reply<job> to) {
  get_job request{.id = id, .company_id = {}};
  if (!company.empty())
    request.company_id = company;
  calls_.begin<job>(company, until, std::move(to),
                    [jobs = jobs_, reader = reader_, request = std::move(request),
                     may_see = std::move(may_see)](caf::event_based_actor* self, milliseconds left,
                                                   pending_ptr<job> pending) {
                      self->request(reader, left, request)
                        .then(
                          [=](const job& found) {
                            const std::string queue{queue_of(found.kind)};
                            if (!may_see(found) || is_built_in_queue(queue))
                              return pending->to(no_job(found.id));
                            self->request(jobs, left, atom::find_v, queue)
                              .then(
                                [=](bool own) {
                                  if (own)
                                    pending->to(no_job(found.id));
                                  else
                                    pending->to(found);
                                },
                                failing(pending));
                          },
                          failing(pending));
                    });
}

} // namespace carillon
