#include "tests/net/admin/admin_schedule_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"
#include "tests/support/fake_store.hpp"

#include <algorithm>

namespace carillon::test {

namespace {

failure no_such_schedule() {
  return {ec::not_found, "there is no such schedule", "name"};
}

failure no_such_delay() {
  return {ec::not_found, "no such event waits", "id"};
}

schedule_record* schedule_named(admin_data& data, const std::string& company,
                                const std::string& name) {
  for (auto& x : data.schedules)
    if (x.definition.company_id == company && x.definition.name == name)
      return &x;
  return nullptr;
}

delayed_event* delayed_of(admin_data& data, uint64_t id,
                          const std::optional<std::string>& company) {
  for (auto& x : data.delayed)
    if (x.id == id && (!company || x.company_id == *company))
      return &x;
  return nullptr;
}

schedule_record put_schedule_in(admin_data& data, const put_schedule& x) {
  data.stamps.push_back(x.by);
  auto* found = schedule_named(data, x.definition.company_id, x.definition.name);
  if (found == nullptr) {
    found = &data.schedules.emplace_back();
    found->id = data.schedules.size();
  }
  found->definition = x.definition;
  found->created_at = from_micros(5);
  found->next_at = from_micros(7'000'000);
  return *found;
}

} // namespace

caf::behavior admin_schedule_state(caf::event_based_actor* self, admin_data* data) {
  return fake_store(
    [=](const list_schedules& x) {
      return reply<schedule_page>(self, data, false, [&] {
        auto all = data->schedules;
        if (x.page.company_id)
          std::erase_if(
            all, [&](const auto& y) { return y.definition.company_id != *x.page.company_id; });
        auto page = x.page;
        page.ascending = true;
        return data->page(std::move(all), page, [](const auto& y) { return y.id; });
      });
    },
    [=](const get_schedule& x) {
      return reply<schedule_record>(self, data, false, [&]() -> expected<schedule_record> {
        const auto* found = schedule_named(*data, x.company_id, x.name);
        if (found == nullptr)
          return no_such_schedule();
        return *found;
      });
    },
    [=](const list_delayed& x) {
      return reply<delayed_page>(self, data, false, [&] {
        auto all = data->delayed;
        if (x.page.company_id)
          std::erase_if(all, [&](const auto& y) { return y.company_id != *x.page.company_id; });
        for (auto& y : all)
          y.event.clear();
        auto page = x.page;
        page.ascending = true;
        return data->page(std::move(all), page, [](const auto& y) { return y.id; });
      });
    },
    [=](const get_delayed& x) {
      return reply<delayed_event>(self, data, false, [&]() -> expected<delayed_event> {
        const auto* found = delayed_of(*data, x.id, x.company_id);
        if (found == nullptr)
          return no_such_delay();
        return *found;
      });
    });
}

scheduler_actor::behavior_type admin_scheduler(scheduler_actor::pointer self, admin_data* data) {
  return {
    [=](const put_schedule& x) {
      return reply<schedule_record>(self, data, true, [&] { return put_schedule_in(*data, x); });
    },
    [=](const delete_schedule& x) {
      return reply<atom::done>(self, data, true, [&]() -> expected<atom::done> {
        if (schedule_named(*data, x.company_id, x.name) == nullptr)
          return no_such_schedule();
        std::erase_if(data->schedules, [&](const auto& y) {
          return y.definition.company_id == x.company_id && y.definition.name == x.name;
        });
        return atom::done_v;
      });
    },
    [=](const pause_schedule& x) {
      return reply<schedule_record>(self, data, true, [&]() -> expected<schedule_record> {
        auto* found = schedule_named(*data, x.company_id, x.name);
        if (found == nullptr)
          return no_such_schedule();
        found->paused = x.paused;
        return *found;
      });
    },
    [=](const put_delayed& x) {
      return reply<delayed_event>(self, data, true, [&] {
        auto& out = data->delayed.emplace_back(x.event);
        out.id = data->delayed.size();
        return out;
      });
    },
    [=](const cancel_delayed& x) {
      return reply<atom::done>(self, data, true, [&]() -> expected<atom::done> {
        if (delayed_of(*data, x.id, x.company_id) == nullptr)
          return no_such_delay();
        if (x.by)
          data->stamps.push_back(*x.by);
        std::erase_if(data->delayed, [&](const auto& y) { return y.id == x.id; });
        return atom::done_v;
      });
    },
    [](atom::drain) { return atom::done_v; },
    [](const publish_outcome_ptr&) {},
    [](atom::tick, uint64_t) {},
  };
}

} // namespace carillon::test
