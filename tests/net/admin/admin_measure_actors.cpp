#include "tests/net/admin/admin_measure_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"
#include "tests/support/fake_store.hpp"

#include <algorithm>

namespace carillon::test {

namespace {

failure no_such_measure() {
  return {ec::not_found, "there is no such definition", "name"};
}

measure_record* measure_named(admin_data& data, const std::string& company,
                              const std::string& name) {
  for (auto& x : data.measures.records)
    if (x.definition.company_id == company && x.definition.name == name)
      return &x;
  return nullptr;
}

measure_record define_measure(admin_data& data, const put_measure& x) {
  data.measure_put = x;
  auto* found = measure_named(data, x.definition.company_id, x.definition.name);
  if (found == nullptr)
    found = &data.measures.records.emplace_back();
  found->id = data.measures.records.size();
  found->definition = x.definition;
  found->created_at = from_micros(5);
  return *found;
}

} // namespace

caf::behavior admin_measure_state(caf::event_based_actor* self, admin_data* data) {
  return fake_store(
    [=](const list_measures&) {
      return reply<measure_list_ptr>(
        self, data, false, [&] { return std::make_shared<const measure_list>(data->measures); });
    },
    [=](const query_measures& x) {
      return reply<measure_series_ptr>(self, data, false, [&]() -> expected<measure_series_ptr> {
        data->measures_asked = x;
        auto* found = measure_named(*data, x.company_id.value_or(""), x.name);
        if (found == nullptr)
          found = measure_named(*data, "", x.name);
        if (found == nullptr)
          return no_such_measure();
        auto out = std::make_shared<measure_series>();
        out->definition = found->definition;
        for (const auto& row : data->measured)
          if ((!x.company_id || row.company_id == *x.company_id)
              && (!x.from || row.begin >= *x.from) && out->rows.size() < x.limit)
            out->rows.push_back(row);
        return measure_series_ptr{std::move(out)};
      });
    });
}

measure_keeper_actor::behavior_type admin_measure_keeper(measure_keeper_actor::pointer self,
                                                         admin_data* data) {
  return {
    [=](const put_measure& x) {
      return reply<measure_record>(self, data, true, [&] { return define_measure(*data, x); });
    },
    [=](const delete_measure& x) {
      return reply<atom::done>(self, data, true, [&]() -> expected<atom::done> {
        if (measure_named(*data, x.company_id, x.name) == nullptr)
          return no_such_measure();
        std::erase_if(data->measures.records, [&](const auto& y) {
          return y.definition.company_id == x.company_id && y.definition.name == x.name;
        });
        return atom::done_v;
      });
    },
    [=](const begin_backfill& x) {
      return reply<measure_record>(self, data, true, [&]() -> expected<measure_record> {
        auto* found = measure_named(*data, x.company_id, x.name);
        if (found == nullptr)
          return no_such_measure();
        found->backfill = measure_backfill{x.since, 0};
        return *found;
      });
    },
    [](atom::drain) { return atom::done_v; },
    [](atom::tick, uint64_t) {},
  };
}

} // namespace carillon::test
