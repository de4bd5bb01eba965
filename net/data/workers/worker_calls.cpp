#include "net/data/workers/worker_calls.hpp"

#include "messages/caf_error.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace carillon {

namespace {

using std::chrono::milliseconds;

/// Calls in progress, pulls that wait among them.
constexpr uint64_t most_calls = 4'096;

/// How long deliveries whose client is gone may take to come back.
constexpr std::chrono::seconds release_deadline{10};

/// A call on its way: its place is free again when its actor is gone.
template <class T>
struct pending_call {
  worker_calls::reply<T> to;
  bound_lease place;
};

template <class T>
using pending_ptr = std::shared_ptr<pending_call<T>>;

template <class T>
auto failing(const pending_ptr<T>& pending) {
  return [pending](const caf::error& why) { pending->to(to_failure(why)); };
}

failure no_consumer(const std::string& name) {
  return {ec::not_found, "there is no remote consumer named '" + name + "'", "name"};
}

} // namespace

worker_calls::worker_calls(caf::actor_system& system, worker_hub_actor hub, std::string history,
                           bounds& shared)
  : system_(system), hub_(std::move(hub)), history_(std::move(history)),
    places_(shared.add("worker calls", "requests in progress", most_calls)) {
}

template <class Answer, class Step>
caf::actor worker_calls::begin(const std::string& company, time_point until, reply<Answer> to,
                               Step step) {
  auto left = std::chrono::duration_cast<milliseconds>(until - time_point::clock::now());
  if (left <= milliseconds{0}) {
    to(failure{ec::timeout, "the deadline passed before there was an answer", {}});
    return {};
  }
  auto place = bound_lease::take(places_, company, 1);
  if (!place) {
    to(place.error());
    return {};
  }
  auto pending = std::make_shared<pending_call<Answer>>(
    pending_call<Answer>{std::move(to), std::move(*place)});
  // Hidden: the actor system does not wait for it at its end.
  return system_.spawn<caf::hidden>(
    [left, pending, step = std::move(step)](caf::event_based_actor* self, int /*CAF wants one*/) {
      step(self, left, pending);
    },
    0);
}

template <class Answer, class Step>
void worker_calls::find(std::string consumer, std::string company, time_point until,
                        reply<Answer> to, Step step) {
  begin<Answer>(company, until, std::move(to),
                [hub = hub_, consumer, company, step = std::move(step)](
                  caf::event_based_actor* self, milliseconds left, pending_ptr<Answer> pending) {
                  self->request(hub, left, atom::find_v, consumer)
                    .then(
                      [=](const remote_consumer_desk& found) {
                        const auto& own = found.consumer.company_id;
                        if (!company.empty() && (!own || *own != company))
                          pending->to(no_consumer(consumer));
                        else
                          step(self, left, pending, found);
                      },
                      failing(pending));
                });
}

void worker_calls::put(put_remote_consumer x, time_point until, reply<put_result> to) {
  auto company = x.consumer.company_id.value_or(std::string{});
  begin<put_result>(company, until, std::move(to),
                    [hub = hub_, x = std::move(x)](caf::event_based_actor* self, milliseconds left,
                                                   const pending_ptr<put_result>& pending) {
                      self->request(hub, left, x)
                        .then([pending](const put_result& y) { pending->to(y); }, failing(pending));
                    });
}

void worker_calls::remove(remove_remote_consumer x, std::string company, time_point until,
                          reply<bool> to) {
  auto name = x.name;
  find<bool>(std::move(name), std::move(company), until, std::move(to),
             [hub = hub_, x = std::move(x)](caf::event_based_actor* self, milliseconds left,
                                            const pending_ptr<bool>& pending,
                                            const remote_consumer_desk&) {
               self->request(hub, left, x)
                 .then([pending](atom::done) { pending->to(true); }, failing(pending));
             });
}

void worker_calls::show(std::string consumer, std::string company, time_point until,
                        reply<view> to) {
  find<view>(std::move(consumer), std::move(company), until, std::move(to),
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

/// Its actor has messages, and so an end: the cancellation comes behind the pull in the mailbox of
/// the desk.
std::function<void()> worker_calls::pull(std::string consumer, std::string company,
                                         pull_deliveries x, time_point until,
                                         reply<handed_deliveries_ptr> to) {
  x.ticket = tickets_.fetch_add(1, std::memory_order_relaxed) + 1;
  auto step = [hub = hub_, consumer = std::move(consumer), company,
               x](caf::event_based_actor* self, milliseconds left,
                  const pending_ptr<handed_deliveries_ptr>& pending) {
    auto desk = std::make_shared<worker_desk_actor>();
    auto finish = [self, pending](expected<handed_deliveries_ptr> y) {
      if (pending->to)
        std::exchange(pending->to, nullptr)(std::move(y));
      self->quit();
    };
    auto fail = [finish](const caf::error& why) { finish(to_failure(why)); };
    self->become([self, desk, finish, ticket = x.ticket](atom::closed) {
      if (*desk != nullptr)
        self->send(*desk, atom::closed_v, ticket);
      else
        finish(std::make_shared<const handed_deliveries>());
    });
    self->request(hub, left, atom::find_v, consumer)
      .then(
        [=](const remote_consumer_desk& found) {
          const auto& own = found.consumer.company_id;
          if (!company.empty() && (!own || *own != company))
            return finish(no_consumer(consumer));
          *desk = found.desk;
          self->request(found.desk, left, x)
            .then([finish](const handed_deliveries_ptr& all) { finish(all); }, fail);
        },
        fail);
  };
  auto waits = begin<handed_deliveries_ptr>(company, until, std::move(to), std::move(step));
  return [waits] {
    if (waits != nullptr)
      caf::anon_send(waits, atom::closed_v);
  };
}

void worker_calls::release(std::string consumer, std::string company,
                           const handed_deliveries_ptr& xs) {
  settle_deliveries all;
  for (const auto& x : *xs)
    all.items.push_back({.what = settlement::kind::release, .id = x.id, .fence = x.fence});
  settle(std::move(consumer), std::move(company), std::move(all),
         time_point::clock::now() + release_deadline, [](const expected<settled_deliveries>&) {});
}

void worker_calls::settle(std::string consumer, std::string company, settle_deliveries x,
                          time_point until, reply<settled_deliveries> to) {
  find<settled_deliveries>(
    std::move(consumer), std::move(company), until, std::move(to),
    [x = std::move(x)](caf::event_based_actor* self, milliseconds left,
                       const pending_ptr<settled_deliveries>& pending,
                       const remote_consumer_desk& found) {
      self->request(found.desk, left, x)
        .then([pending](const settled_deliveries& done) { pending->to(done); }, failing(pending));
    });
}

} // namespace carillon
