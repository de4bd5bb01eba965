#pragma once

#include "messages/state/interfaces.hpp"
#include "tests/actors/fakes.hpp"

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

inline people_state_actor::behavior_type fake_notification_keeper(people_state_actor::pointer,
                                                                  fake_notifications* st) {
  auto broken = [] { return caf::make_error(ec::store_unavailable, std::string{"broken"}); };
  return {
    [](atom::enqueued, const effect_listener_actor&) {},
    [st](atom::notified, const effect_listener_actor& x) { st->listeners.push_back(x); },
    [](const enqueue_jobs&) { return not_in_this_test<enqueued_jobs>(); },
    [](const lease_jobs&) { return not_in_this_test<leased_jobs_ptr>(); },
    [](const finish_jobs&) { return not_in_this_test<atom::done>(); },
    [](const release_leases&) { return not_in_this_test<uint64_t>(); },
    [](const list_jobs&) { return not_in_this_test<job_page>(); },
    [](const get_job&) { return not_in_this_test<job>(); },
    [](const retry_job&) { return not_in_this_test<job>(); },
    [](const retry_jobs&) { return not_in_this_test<uint64_t>(); },
    [](const cancel_job&) { return not_in_this_test<job>(); },
    [](const pause_job_queue&) { return not_in_this_test<atom::done>(); },
    [](const list_job_queues&) { return not_in_this_test<job_queue_records>(); },
    [](const trim_jobs&) { return not_in_this_test<uint64_t>(); },
    [](const put_contact&) { return not_in_this_test<contact>(); },
    [](const delete_contact&) { return not_in_this_test<atom::done>(); },
    [](const get_contact&) { return not_in_this_test<contact>(); },
    [](const list_contacts&) { return not_in_this_test<contact_list>(); },
    [](const list_notifications&) { return not_in_this_test<notification_list>(); },
    [](const get_notification&) { return not_in_this_test<notification>(); },
    [](const read_notifications&) { return not_in_this_test<uint64_t>(); },
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
    },
    [](const add_document&) { return not_in_this_test<document>(); },
    [](const get_document&) { return not_in_this_test<document>(); },
    [](const list_documents&) { return not_in_this_test<document_page>(); },
    [](const find_old_documents&) { return not_in_this_test<old_documents>(); },
    [](const remove_documents&) { return not_in_this_test<uint64_t>(); },
  };
}

} // namespace carillon::test
