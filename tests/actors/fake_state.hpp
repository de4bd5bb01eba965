#pragma once

#include "messages/consumers/event_statements.hpp"
#include "messages/interfaces.hpp"
#include "messages/state/interfaces.hpp"
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

/// A state store in memory for consumers only.
struct fake_state {
  std::map<std::string, opened_consumer> consumers;
  std::vector<consumer_commit> commits;
  /// Called instead of storing commits.
  std::function<void(const consumer_commit&)> on_commit;
  /// Says which statements fail; empty = none.
  std::function<bool(const sql_statement&)> refuses;
  /// Texts of statements that took place, in their order.
  std::vector<std::string> written;
  bool broken = false;
  std::vector<replay_record> replays;
  std::vector<audit_entry> audit;
  std::vector<dead_letter> letters;

  position cursor(const std::string& name) {
    return consumers[name].record.cursor;
  }

  void write(const event_statements& x, opened_consumer& target, const consumer_commit& by) {
    const auto& all = x.statements;
    if (refuses && std::any_of(all.begin(), all.end(), refuses)) {
      auto row = x.if_refused;
      row.last_error = "refused";
      target.retries.push_back(row);
      by.refused->rows.push_back(row);
    } else {
      for (const auto& y : all)
        written.push_back(y.text);
    }
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
    for (const auto& y : x.effects.all<event_statements>())
      write(y, target, x);
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
      ++i->second.record.generation;
      return std::make_shared<const opened_consumer>(i->second);
    },
    [st](const consumer_commit_ptr& x) -> caf::result<atom::done> {
      if (st->broken)
        return caf::make_error(ec::store_unavailable, std::string{"broken"});
      if (x->generation != st->consumers[x->consumer].record.generation)
        return caf::make_error(ec::conflict, std::string{"superseded"});
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
