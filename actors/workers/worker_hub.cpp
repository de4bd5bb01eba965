#include "actors/workers/worker_hub.hpp"

#include "actors/consumers/consumer_settings.hpp"
#include "actors/workers/worker_connection.hpp"
#include "actors/workers/worker_desk.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/workers/own_name.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace carillon {

namespace {

/// How long the log may take to note that a consumer is stalled.
constexpr std::chrono::seconds note_deadline{10};

caf::error refusal(ec code, std::string detail) {
  return caf::make_error(code, std::move(detail));
}

caf::error refusal(const failure& x) {
  return to_error(x);
}

failure no_consumer(const std::string& name) {
  return {ec::not_found, "there is no remote consumer named '" + name + "'", "name"};
}

consumer_policy policy_of(const remote_consumer& x) {
  consumer_policy out;
  out.order = x.order;
  // Its cursor was placed when it was created.
  out.start = start_at::now;
  out.max_attempts = x.max_attempts;
  out.retry_schedule = x.retry_schedule;
  // The desk has the deadlines.
  out.deadline = no_deadline;
  out.in_flight = x.max_in_flight;
  out.max_per_key = x.max_per_key;
  if (x.order == delivery_order::per_key)
    out.key = [x](const event& e) { return order_key_of(x, e); };
  return out;
}

consumer_settings_ptr settings_of(const remote_consumer& x, const worker_desk_actor& desk) {
  auto out = std::make_shared<consumer_settings>();
  out->name = x.name;
  out->filter.types = x.types;
  out->filter.payload = x.filter;
  out->filter.company_id = x.company_id;
  out->policy = policy_of(x);
  // The desk makes the spans.
  out->policy.traced = false;
  out->target = caf::actor_cast<caf::actor>(desk);
  out->on_demand = true;
  return out;
}

} // namespace

worker_hub_state::~worker_hub_state() {
  for (auto& [key, x] : consumers_)
    if (x.desk != nullptr)
      caf::anon_send_exit(x.desk, caf::exit_reason::user_shutdown);
}

void worker_hub_state::init(worker_hub_actor::pointer self, worker_hub_env env) {
  self_ = self;
  env_ = std::move(env);
}

caf::result<not_loaded> worker_hub_state::load() {
  auto promise = self_->make_response_promise<not_loaded>();
  self_->request(env_.store, store_deadline, list_remote_consumers{})
    .then(
      [this, promise](const remote_consumers& all) mutable {
        auto left = std::make_shared<size_t>(all.size());
        auto failed = std::make_shared<not_loaded>();
        if (all.empty())
          promise.deliver(*failed);
        for (const auto& x : all) {
          consumers_[x.name].place
            = bound_lease::hold(env_.places, x.company_id.value_or(std::string{}), 1);
          begin(x, [promise, left, failed, name = x.name](const caf::error& why) mutable {
            if (why)
              failed->reasons.push_back("the remote consumer " + name
                                        + " does not run: " + to_failure(why).detail);
            if (--*left == 0)
              promise.deliver(*failed);
          });
        }
      },
      [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  return promise;
}

// -- changes --------------------------------------------------------------------

expected<put_remote_consumer> worker_hub_state::named(put_remote_consumer x) const {
  auto& called = x.consumer.name;
  if (auto valid = validate(x.consumer); !valid)
    return valid.error();
  if (x.own_to.empty()) {
    // Its company would find two.
    const auto& company = x.consumer.company_id;
    if (company && !consumers_.contains(called) && consumers_.contains(own_name(called, *company)))
      return failure{ec::conflict,
                     "this company calls '" + own_name(called, *company) + "' by that name",
                     "name"};
    return x;
  }
  if (auto found = look_up(called, x.own_to); found != consumers_.end()) {
    called = found->first;
    return x;
  }
  if (called.size() > most_own_name_bytes)
    return failure{ec::invalid_argument,
                   "a key of a company gives names of at most "
                     + std::to_string(most_own_name_bytes) + " bytes",
                   "name"};
  called = own_name(called, x.own_to);
  if (auto valid = validate(x.consumer); !valid)
    return valid.error();
  return x;
}

caf::result<put_result> worker_hub_state::put(put_remote_consumer given) {
  if (draining_)
    return refusal(ec::shutting_down, "the node is shutting down");
  auto request = named(std::move(given));
  if (!request)
    return refusal(request.error());
  const auto& x = *request;
  auto found = consumers_.find(x.consumer.name);
  const auto is_new = found == consumers_.end();
  if (!is_new && found->second.busy)
    return refusal({ec::overloaded, "the consumer is being changed", "name"});
  if (!is_new && found->second.settings == x.consumer)
    return put_result{x.consumer, false};
  if (!is_new)
    if (auto field = fixed_field_changed(found->second.settings, x.consumer); !field.empty())
      return refusal({ec::conflict,
                      "the cursor would mean something else; delete the consumer, or give another "
                      "one another name",
                      std::string{field}});
  if (is_new) {
    auto place = bound_lease::take(env_.places, x.consumer.company_id.value_or(std::string{}), 1);
    if (!place)
      return refusal(place.error());
    consumers_[x.consumer.name].place = std::move(*place);
  }
  auto promise = self_->make_response_promise<put_result>();
  consumers_[x.consumer.name].busy = true;
  auto finish = [this, x, is_new, promise](caf::error why) mutable {
    auto& own = consumers_[x.consumer.name];
    own.busy = false;
    if (!why) {
      promise.deliver(put_result{x.consumer, is_new});
      return;
    }
    if (own.desk == nullptr)
      consumers_.erase(x.consumer.name);
    promise.deliver(std::move(why));
  };
  auto store_and_begin = [this, x, finish](caf::error why) mutable {
    if (why)
      return finish(std::move(why));
    self_->request(env_.store, store_deadline, x)
      .then([this, x, finish](atom::done) mutable { begin(x.consumer, finish); },
            [finish](caf::error& failed) mutable { finish(std::move(failed)); });
  };
  if (is_new)
    check_name(x.consumer, store_and_begin);
  else
    end(x.consumer.name, store_and_begin);
  return promise;
}

caf::result<atom::done> worker_hub_state::remove(const remove_remote_consumer& x) {
  auto found = consumers_.find(x.name);
  if (found == consumers_.end())
    return refusal(no_consumer(x.name));
  if (found->second.busy)
    return refusal({ec::overloaded, "the consumer is being changed", "name"});
  auto promise = self_->make_response_promise<atom::done>();
  found->second.busy = true;
  end(x.name, [this, x, promise](caf::error why) mutable {
    if (why) {
      consumers_[x.name].busy = false;
      promise.deliver(std::move(why));
      return;
    }
    self_->request(env_.store, store_deadline, x)
      .then(
        [this, x, promise](atom::done) mutable {
          consumers_.erase(x.name);
          promise.deliver(atom::done_v);
        },
        [this, x, promise](caf::error& failed) mutable {
          // It is stored still: it goes on.
          begin(consumers_[x.name].settings,
                [this, x](const caf::error&) { consumers_[x.name].busy = false; });
          promise.deliver(std::move(failed));
        });
  });
  return promise;
}

/// The names of all handlers are the supervisor's.
void worker_hub_state::check_name(const remote_consumer& x, done then) {
  self_->request(env_.supervisor, store_deadline, list_consumers{})
    .then(
      [this, x, then](const consumer_statuses& all) {
        auto taken
          = std::any_of(all.begin(), all.end(), [&](const auto& y) { return y.name == x.name; });
        if (taken)
          then(refusal({ec::conflict, "a handler named '" + x.name + "' is running", "name"}));
        else
          place_cursor(x, then);
      },
      [then](caf::error& why) { then(std::move(why)); });
}

void worker_hub_state::place_cursor(const remote_consumer& x, done then) {
  if (const auto* where = std::get_if<start_at>(&x.start);
      where != nullptr && *where == start_at::beginning)
    return open_cursor(x.name, 0, std::move(then));
  self_->request(env_.router, store_deadline, atom::head_v)
    .then(
      [this, x, then](position head) {
        // A store whose cursors are beyond its log counts as damaged.
        if (const auto* seq = std::get_if<position>(&x.start)) {
          if (*seq > head)
            return then(refusal(
              {ec::invalid_argument, "the log ends at position " + std::to_string(head), "start"}));
          return open_cursor(x.name, *seq, then);
        }
        const auto* at = std::get_if<timestamp>(&x.start);
        if (at == nullptr)
          return open_cursor(x.name, head, then);
        find_time(x.name, *at, 0, head, then);
      },
      [then](caf::error& why) { then(std::move(why)); });
}

/// Bisects: the times of recording ascend.
/// @param low,high the cursor is within `[low, high]`
void worker_hub_state::find_time(std::string consumer, timestamp at, position low, position high,
                                 done then) {
  if (low >= high)
    return open_cursor(consumer, low, std::move(then));
  const auto middle = low + (high - low) / 2;
  read_request request{.after = middle};
  request.limit = 1;
  self_->request(env_.reader, store_deadline, request)
    .then(
      [=, this](const event_page_ptr& page) {
        if (page->events.empty() || page->events.front()->recorded_at >= at)
          find_time(consumer, at, low, middle, then);
        else
          find_time(consumer, at, page->events.front()->seq, high, then);
      },
      [then](caf::error& why) { then(std::move(why)); });
}

void worker_hub_state::open_cursor(const std::string& consumer, position initial, done then) {
  self_->request(env_.cursors, store_deadline, open_consumer{consumer, initial})
    .then([then](const opened_consumer_ptr&) { then({}); },
          [then](caf::error& why) { then(std::move(why)); });
}

// -- running --------------------------------------------------------------------

void worker_hub_state::begin(const remote_consumer& x, done then) {
  auto& own = consumers_[x.name];
  own.settings = x;
  own.desk = self_->spawn(
    worker_desk,
    worker_desk_env{x, env_.now, env_.options, env_.history, reporter(), {}, env_.traces});
  self_->request(env_.supervisor, store_deadline, settings_of(x, own.desk))
    .then([then](atom::done) { then({}); },
          [this, name = x.name, then](caf::error& why) {
            auto& failed = consumers_[name];
            caf::anon_send_exit(std::exchange(failed.desk, {}), caf::exit_reason::user_shutdown);
            then(std::move(why));
          });
}

std::function<void(draft_ptr)> worker_hub_state::reporter() const {
  return [router = env_.router, self = self_](draft_ptr x) {
    caf::anon_send(router, unawaited_call(std::move(x), self->clock().now() + note_deadline));
  };
}

void worker_hub_state::end(const std::string& consumer, done then) {
  auto desk = consumers_[consumer].desk;
  caf::anon_send(desk, atom::drain_v);
  self_->request(env_.supervisor, store_deadline, atom::detach_v, consumer)
    .then(
      [this, consumer, desk, then](atom::done) {
        caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
        consumers_[consumer].desk = nullptr;
        then({});
      },
      [then](caf::error& why) { then(std::move(why)); });
}

// -- requests -------------------------------------------------------------------

worker_hub_state::entries::const_iterator
worker_hub_state::look_up(const std::string& consumer, const std::string& company) const {
  auto is_own = [&](entries::const_iterator x) {
    return company.empty() || x == consumers_.end() || x->second.settings.company_id == company;
  };
  auto found = consumers_.find(consumer);
  if (found != consumers_.end() && is_own(found))
    return found;
  if (company.empty())
    return consumers_.end();
  found = consumers_.find(own_name(consumer, company));
  return is_own(found) ? found : consumers_.end();
}

caf::result<remote_consumer_desk> worker_hub_state::find(const std::string& consumer,
                                                         const std::string& company) const {
  auto found = look_up(consumer, company);
  if (found == consumers_.end())
    return refusal(no_consumer(consumer));
  if (found->second.desk == nullptr)
    return refusal({ec::overloaded, "the consumer is being changed", "name"});
  return remote_consumer_desk{found->second.settings, found->second.desk};
}

remote_consumers worker_hub_state::list() const {
  remote_consumers out;
  for (const auto& [key, x] : consumers_)
    out.push_back(x.settings);
  return out;
}

void worker_hub_state::open(open_worker x) {
  auto found = look_up(x.consumer, x.company_id);
  if (found == consumers_.end())
    x.link->refuse(no_consumer(x.consumer), session_close::protocol_error, 0);
  else if (!x.companies && found->second.settings.company_id)
    x.link->refuse(of_a_company(x.consumer), session_close::forbidden, 0);
  else if (found->second.desk == nullptr || draining_)
    x.link->refuse({ec::overloaded, "the consumer is being changed", {}}, session_close::overloaded,
                   0);
  else
    self_->spawn(worker_connection, found->second.desk, std::move(x));
}

void worker_hub_state::drain() {
  draining_ = true;
  for (const auto& [key, x] : consumers_)
    if (x.desk != nullptr)
      caf::anon_send(x.desk, atom::drain_v);
}

worker_hub_actor::behavior_type
worker_hub(worker_hub_actor::stateful_pointer<worker_hub_state> self, worker_hub_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  return {
    [st](put_remote_consumer& x) { return st->put(std::move(x)); },
    [st](const remove_remote_consumer& x) { return st->remove(x); },
    [st](atom::find, const std::string& consumer, const std::string& company) {
      return st->find(consumer, company);
    },
    [st](const list_remote_consumers&) { return st->list(); },
    [st](atom::drain) {
      st->drain();
      return atom::done_v;
    },
    [st](const open_worker& x) { st->open(x); },
    [st](atom::status) { return st->load(); },
  };
}

} // namespace carillon
