#pragma once

#include "messages/interfaces.hpp"
#include "messages/state/interfaces.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/events.hpp"
#include "tests/support/fake_store.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <functional>
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

/// A state store in memory for consumers only.
struct fake_state {
  std::map<std::string, opened_consumer> consumers;
  std::vector<consumer_commit> commits;
  /// Called instead of storing commits.
  std::function<void(const consumer_commit&)> on_commit;
  bool broken = false;
  std::vector<replay_record> replays;
  std::vector<audit_entry> audit;
  std::vector<dead_letter> letters;

  position cursor(const std::string& name) {
    return consumers[name].record.cursor;
  }

  void apply(const consumer_commit& x) {
    auto& target = consumers[x.consumer];
    target.record.cursor = x.cursor;
    target.record.updated_at = x.now;
    auto drop = [&](position seq, uint64_t replay) {
      std::erase_if(target.retries,
                    [&](const auto& y) { return y.seq == seq && y.replay_id == replay; });
    };
    for (const auto& row : x.upsert_retries) {
      drop(row.seq, row.replay_id);
      target.retries.push_back(row);
    }
    for (auto [seq, replay] : x.erase_retries)
      drop(seq, replay);
    for (auto letter : x.dead_letters) {
      letter.id = letters.size() + 1;
      letters.push_back(letter);
    }
    if (on_commit)
      on_commit(x);
    else
      commits.push_back(x);
  }
};

inline caf::behavior fake_state_actor(caf::event_based_actor*, fake_state* st) {
  return fake_store(
    [st](const open_consumer& x) -> caf::result<opened_consumer_ptr> {
      if (st->broken)
        return caf::make_error(ec::store_unavailable, std::string{"broken"});
      auto [i, added] = st->consumers.try_emplace(x.name);
      if (added)
        i->second.record.cursor = x.initial;
      i->second.record.name = x.name;
      return std::make_shared<const opened_consumer>(i->second);
    },
    [st](const consumer_commit_ptr& x) -> caf::result<atom::done> {
      if (st->broken)
        return caf::make_error(ec::store_unavailable, std::string{"broken"});
      if (x->cursor < st->cursor(x->consumer))
        return caf::make_error(ec::conflict, std::string{"behind"});
      st->apply(*x);
      return atom::done_v;
    },
    [st](const pause_consumer& x) -> caf::result<atom::done> {
      st->consumers[x.name].record.paused = x.paused;
      return atom::done_v;
    },
    [st](const resolve_dead_letter& x) -> caf::result<dead_letter> {
      for (const auto& letter : st->letters)
        if (letter.id == x.id)
          return letter;
      return caf::make_error(ec::not_found, std::string{"no such dead letter"});
    },
    [st](const append_audit& x) {
      st->audit.push_back(x.entry);
      return atom::done_v;
    },
    [st](const create_replay& x) -> caf::result<replay_record> {
      st->replays.push_back(x.record);
      st->replays.back().id = st->replays.size();
      return st->replays.back();
    },
    [st](const update_replay& x) -> caf::result<atom::done> {
      if (st->broken)
        return caf::make_error(ec::store_unavailable, std::string{"broken"});
      auto& target = st->replays.at(x.id - 1);
      target.phase = x.phase;
      target.error = x.error;
      target.cursor = x.cursor;
      target.delivered = x.delivered;
      return atom::done_v;
    },
    [st](const list_running_replays&) -> caf::result<replay_records> {
      replay_records out;
      for (const auto& x : st->replays)
        if (x.phase == replay_phase::running)
          out.push_back(x);
      return out;
    });
}

} // namespace carillon::test
