#include "tests/net/admin/admin_inbound_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"
#include "tests/support/fake_store.hpp"

#include <algorithm>

namespace carillon::test {

namespace {

failure no_such_source() {
  return {ec::not_found, "there is no such source of webhooks", "name"};
}

inbound_record* inbound_named(admin_data& data, const std::string& name,
                              const std::optional<std::string>& company) {
  for (auto& x : data.inbound)
    if (x.source.name == name && (!company || x.source.company_id == *company))
      return &x;
  return nullptr;
}

} // namespace

caf::behavior admin_inbound_state(caf::event_based_actor* self, admin_data* data) {
  return fake_store([=](const list_inbound&) {
    return reply<inbound_records_ptr>(
      self, data, false, [&] { return std::make_shared<const inbound_records>(data->inbound); });
  });
}

inbound_keeper_actor::behavior_type admin_inbound_keeper(inbound_keeper_actor::pointer self,
                                                         admin_data* data) {
  return {
    [=](const put_inbound& x) {
      return reply<changed_inbound>(self, data, true, [&]() -> expected<changed_inbound> {
        data->inbound_put = x;
        auto* found = inbound_named(*data, x.source.name, std::nullopt);
        if (found != nullptr && found->source.company_id != x.source.company_id)
          return failure{ec::conflict, "this name is another company's", "name"};
        const auto created = found == nullptr;
        if (created)
          found = &data->inbound.emplace_back();
        found->source = x.source;
        found->sealed = "sealed-" + x.secret;
        return changed_inbound{*found, x.secret.empty() && created ? "made-secret" : "", created};
      });
    },
    [=](const rotate_inbound_secret& x) {
      return reply<changed_inbound>(self, data, true, [&]() -> expected<changed_inbound> {
        auto* found = inbound_named(*data, x.name, x.company_id);
        if (found == nullptr)
          return no_such_source();
        data->inbound_rotated = x;
        found->old_expires_at = from_micros(7);
        return changed_inbound{*found, x.secret.empty() ? "made-secret" : "", false};
      });
    },
    [=](const delete_inbound& x) {
      return reply<atom::done>(self, data, true, [&]() -> expected<atom::done> {
        if (inbound_named(*data, x.name, x.company_id) == nullptr)
          return no_such_source();
        std::erase_if(data->inbound, [&](const auto& y) { return y.source.name == x.name; });
        return atom::done_v;
      });
    },
  };
}

} // namespace carillon::test
