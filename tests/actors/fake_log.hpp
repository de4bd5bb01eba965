#pragma once

#include "messages/interfaces.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/events.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

/// A log in memory, with a router and a reader in front of it.
struct fake_log {
  std::vector<event_ptr> events;
  /// While set, reads fail.
  bool broken = false;
  /// Earlier events are no longer kept.
  position first = 1;
  size_t pages = 0;
  std::vector<batch_taker_actor> attached;
  std::map<caf::actor_id, size_t> credit_used;
  /// Drafts published to the router.
  std::vector<draft_ptr> published;
  /// While set, publishing fails.
  bool refuses = false;

  position head() const {
    return events.size();
  }
};

inline log_reader_actor::behavior_type fake_reader(log_reader_actor::pointer, fake_log* log) {
  auto unused = [] { return caf::make_error(ec::internal, std::string{"not part of this test"}); };
  return {
    [log](const read_request& x) -> caf::result<event_page_ptr> {
      if (log->broken)
        return caf::make_error(ec::store_unavailable, std::string{"broken"});
      ++log->pages;
      auto page = std::make_shared<event_page>();
      page->head = log->head();
      page->first = log->first;
      page->scanned_to = std::max(x.after, log->first - 1);
      for (auto i = page->scanned_to; i < log->head() && page->events.size() < x.limit; ++i) {
        page->scanned_to = i + 1;
        if (matches(x.filter, *log->events[i]))
          page->events.push_back(log->events[i]);
      }
      return event_page_ptr{page};
    },
    [unused](const query_request&) -> caf::result<query_page_ptr> { return unused(); },
    [log](const find_request& x) -> caf::result<event_ptr> {
      if (log->broken)
        return caf::make_error(ec::store_unavailable, std::string{"broken"});
      if (x.seq == 0 || x.seq > log->head())
        return caf::make_error(ec::not_found, std::string{"no such event"});
      return log->events[x.seq - 1];
    },
    [log](const count_request& x) -> caf::result<uint64_t> {
      auto n = std::count_if(log->events.begin(), log->events.end(),
                             [&](const auto& y) { return matches(x.filter, *y); });
      return static_cast<uint64_t>(n);
    },
    [unused](const stats_request&) -> caf::result<stats_result_ptr> { return unused(); },
    [unused](const counters_request&) -> caf::result<counter_rows_ptr> { return unused(); },
  };
}

inline router_actor::behavior_type fake_router(router_actor::pointer, fake_log* log) {
  return {
    [log](const publish_call_ptr& x) {
      if (log->refuses) {
        x->complete(failure{ec::overloaded, "refused", {}});
        return;
      }
      receipts out;
      for (const auto& draft : x->drafts()) {
        log->published.push_back(draft);
        out.push_back({log->head() + log->published.size(), false, {}});
      }
      x->complete(std::move(out));
    },
    [log](atom::attach, const batch_taker_actor& x) {
      log->attached.push_back(x);
      return log->head();
    },
    [](atom::detach, const batch_taker_actor&) {},
    [log](atom::acknowledge, const batch_taker_actor& x) { --log->credit_used[x->id()]; },
    [](atom::indexed, position) {},
    [](atom::head, position) {},
    [](atom::drain) { return atom::done_v; },
    [log](atom::head) { return log->head(); },
    [](atom::tick, uint64_t) {},
  };
}

} // namespace carillon::test
