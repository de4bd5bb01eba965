#include "messages/type_registry.hpp"

#include "messages/catalogue/catalogue.hpp"
#include "messages/schema_check.hpp"

#include <boost/mp11/algorithm.hpp>

namespace carillon {

namespace {

/// Run-time types; each costs memory for its schema.
constexpr size_t max_types = 10'000;

} // namespace

type_registry::type_registry() {
  auto all = std::make_shared<snapshot>();
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, catalogue>>(
    [&](auto entry) {
      using type = typename decltype(entry)::type;
      all->emplace(std::string{type::type},
                   std::make_shared<const type_info>(describe_type<type>()));
    });
  types_ = std::move(all);
}

type_info_ptr type_registry::find(std::string_view type) const {
  auto types = types_.load();
  auto i = types->find(type);
  return i != types->end() ? i->second : nullptr;
}

expected<void> type_registry::add(type_info type) {
  if (!is_event_type(type.name))
    return failure{ec::invalid_argument, "'" + type.name + "' is no event type", "type"};
  std::lock_guard guard{change_};
  auto types = std::make_shared<snapshot>(*types_.load());
  auto [i, added] = types->try_emplace(type.name);
  if (!added && i->second->described && i->second->schema != type.schema)
    return failure{ec::conflict, "'" + type.name + "' is described already", "type"};
  i->second = std::make_shared<const type_info>(std::move(type));
  types_ = std::move(types);
  return {};
}

expected<void> type_registry::add_schema(std::string_view type, carillon::audience audience,
                                         std::string_view schema) {
  if (!is_event_type(type))
    return failure{ec::invalid_argument, "type must be dotted lower case, like tank.filled",
                   "type"};
  auto check = make_schema_check(schema);
  if (!check)
    return check.error();
  std::lock_guard guard{change_};
  auto types = std::make_shared<snapshot>(*types_.load());
  auto i = types->find(type);
  if (i != types->end() && i->second->described)
    return failure{ec::conflict, "'" + std::string{type} + "' is described in code", "type"};
  if (i == types->end() && types->size() >= max_types)
    return failure{ec::overloaded, "too many event types are registered", "type"};
  type_info info{.name = std::string{type},
                 .audience = audience,
                 .schema = std::string{schema},
                 .described = false,
                 .check = std::move(*check)};
  types->insert_or_assign(std::string{type}, std::make_shared<const type_info>(std::move(info)));
  types_ = std::move(types);
  return {};
}

std::vector<type_info_ptr> type_registry::list() const {
  std::vector<type_info_ptr> out;
  auto types = types_.load();
  for (const auto& [name, info] : *types)
    out.push_back(info);
  return out;
}

} // namespace carillon
