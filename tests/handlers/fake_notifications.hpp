#pragma once

#include "messages/state/interfaces.hpp"
#include "tests/actors/fake_log.hpp"
#include "tests/actors/fake_state.hpp"

#include <vector>

namespace carillon::test {

/// A state store in memory for notifications only. It outlives the actors that use it, like a file.
struct fake_notifications {
  carillon::notifications rows;
  uint64_t announced = 0;
  /// While set, all requests fail.
  bool broken = false;
  /// While set, records of announcements are lost, as in a crash.
  bool forgets = false;
  size_t looks = 0;
  std::vector<trim_notifications> trims;
  std::vector<effect_listener_actor> listeners;

  notification& add(const std::string& user, const std::string& company = "c-1") {
    auto& out = rows.emplace_back();
    out.id = rows.size();
    out.user_id = user;
    out.company_id = company;
    out.kind = "order.created";
    out.event_seq = 7;
    out.title = "Order o-1 received";
    out.created_at = from_micros(1'700'000'000'000'000);
    return out;
  }
};

inline caf::behavior fake_notification_store(caf::event_based_actor*, fake_notifications* st) {
  auto broken = [] { return caf::make_error(ec::store_unavailable, std::string{"broken"}); };
  return fake_store(
    [st](atom::notified, const effect_listener_actor& x) { st->listeners.push_back(x); },
    [st, broken](const unannounced_notifications& x) -> caf::result<notifications> {
      ++st->looks;
      if (st->broken)
        return broken();
      notifications out;
      for (const auto& row : st->rows)
        if (row.id > st->announced && out.size() < x.limit)
          out.push_back(row);
      return out;
    },
    [st, broken](const note_announced& x) -> caf::result<atom::done> {
      if (st->broken || st->forgets)
        return broken();
      st->announced = std::max(st->announced, x.up_to);
      return atom::done_v;
    },
    [st](const trim_notifications& x) -> caf::result<uint64_t> {
      st->trims.push_back(x);
      auto count = std::erase_if(st->rows, [&](const auto& y) { return y.created_at < x.before; });
      return static_cast<uint64_t>(count);
    });
}

} // namespace carillon::test
