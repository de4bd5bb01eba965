#pragma once

#include "messages/evidence/interfaces.hpp"
#include "messages/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/skip.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon::test {

/// Answers with the result of `f`, or as configured in the data: not at all, or with a failure.
/// What is not answered stays in the mailbox, so that who waits for it hears of the actor's
/// end.
template <class T, class Self, class F>
caf::result<T> reply([[maybe_unused]] Self self, admin_data* data, bool changes, F f) {
  if (data->silent || (changes && data->silent_changes))
    return caf::skip;
  if (changes && data->broken)
    return to_error({ec::store_unavailable, "the store is not available", {}});
  std::lock_guard lock{data->mutex};
  ++data->handled;
  expected<T> out = f();
  if (!out)
    return to_error(out.error());
  return std::move(*out);
}

inline log_reader_actor::behavior_type admin_reader(log_reader_actor::pointer self,
                                                    admin_data* data) {
  return {
    [=](const read_request& x) {
      return reply<event_page_ptr>(self, data, false, [&] {
        auto page = std::make_shared<event_page>();
        for (const auto& e : data->events)
          if (e->seq > x.after && page->events.size() < x.limit)
            page->events.push_back(e);
        return event_page_ptr{std::move(page)};
      });
    },
    [=](const query_request& x) {
      return reply<query_page_ptr>(self, data, false, [&] {
        data->query = x;
        auto page = std::make_shared<query_page>();
        auto visit = [&](const event_ptr& e) {
          auto past
            = x.beyond
              && (x.order == sort_order::ascending ? e->seq <= *x.beyond : e->seq >= *x.beyond);
          if (past || page->next || !matches(x.filter, *e) || (x.id && e->id != *x.id))
            return;
          if (page->events.size() == x.limit)
            page->next = page->events.back()->seq;
          else
            page->events.push_back(e);
        };
        if (x.order == sort_order::ascending)
          std::for_each(data->events.begin(), data->events.end(), visit);
        else
          std::for_each(data->events.rbegin(), data->events.rend(), visit);
        return query_page_ptr{page};
      });
    },
    [=](const find_request& x) {
      return reply<event_ptr>(self, data, false, [&]() -> expected<event_ptr> {
        for (const auto& e : data->events)
          if (x.seq != 0 ? e->seq == x.seq
                         : e->id == x.id && (!x.source || e->source == *x.source)
                             && (!x.company_id || e->company_id == *x.company_id))
            return e;
        return failure{ec::not_found, "there is no such event", {}};
      });
    },
    [=](const count_request& x) {
      return reply<uint64_t>(self, data, false, [&] {
        return static_cast<uint64_t>(
          std::count_if(data->events.begin(), data->events.end(),
                        [&](const auto& e) { return matches(x.filter, *e); }));
      });
    },
    [=](const stats_request& x) {
      return reply<stats_result_ptr>(self, data, false, [&] {
        data->stats_asked = x;
        return std::make_shared<const stats_result>(data->stats);
      });
    },
    [=](const counters_request& x) {
      return reply<counter_rows_ptr>(self, data, false, [&] {
        data->metrics_asked = x;
        auto out = std::make_shared<counter_rows>();
        for (const auto& row : data->metrics)
          if ((!x.company_id || row.company_id == *x.company_id)
              && (!x.from || row.begin >= *x.from) && out->size() < x.limit)
            out->push_back(row);
        return counter_rows_ptr{out};
      });
    },
  };
}

inline router_actor::behavior_type admin_router(router_actor::pointer self, admin_data* data) {
  return {
    [=](const publish_call_ptr& x) {
      std::lock_guard guard{data->mutex};
      receipts done;
      for (auto& draft : x->drafts()) {
        data->published.push_back(draft);
        done.push_back(data->receipt_of_next);
      }
      if (data->publish_fault)
        x->complete(*data->publish_fault);
      else
        x->complete(std::move(done));
    },
    [](atom::attach, const batch_taker_actor&) { return position{0}; },
    [](atom::detach, const batch_taker_actor&) {},
    [](atom::acknowledge, const batch_taker_actor&) {},
    [](atom::indexed, position) {},
    [](atom::head, position) {},
    [](atom::drain) { return atom::done_v; },
    [=](atom::head) {
      return reply<position>(self, data, false,
                             [&] { return static_cast<position>(data->events.size()); });
    },
    [](atom::tick, uint64_t) {},
  };
}

supervisor_actor::behavior_type admin_supervisor(supervisor_actor::pointer self, admin_data* data);

sealer_actor::behavior_type admin_sealer(sealer_actor::pointer self, admin_data* data);

/// All but webhooks, jobs, contacts, notifications and documents.
caf::behavior admin_state(caf::event_based_actor* self, admin_data* data);

} // namespace carillon::test
