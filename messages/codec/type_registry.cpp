#include "messages/codec/type_registry.hpp"

#include "messages/codec/catalogue/catalogue.hpp"
#include "messages/codec/schema/schema_check.hpp"
#include "messages/codec/schema/schema_compatibility.hpp"

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
  descriptions_ = *all;
  types_ = std::move(all);
}

type_info_ptr type_registry::find(std::string_view type) const {
  auto types = types_.load();
  auto i = types->find(type);
  return i != types->end() ? i->second : nullptr;
}

type_info_ptr type_registry::description(std::string_view type) const {
  auto i = descriptions_.find(type);
  return i != descriptions_.end() ? i->second : nullptr;
}

expected<void> type_registry::add(type_info type) {
  if (!is_event_type(type.name))
    return failure{ec::invalid_argument, "'" + type.name + "' is no event type", "type"};
  std::lock_guard guard{change_};
  if (auto known = description(type.name))
    return known->schema == type.schema
             ? expected<void>{}
             : failure{ec::conflict, "'" + type.name + "' is described already", "type"};
  auto types = std::make_shared<snapshot>(*types_.load());
  auto name = type.name;
  auto info = std::make_shared<const type_info>(std::move(type));
  descriptions_.emplace(name, info);
  types->insert_or_assign(name, std::move(info));
  types_ = std::move(types);
  return {};
}

expected<void> type_registry::check_schema(std::string_view type, std::string_view schema) const {
  if (!is_event_type(type))
    return failure{ec::invalid_argument, "type must be dotted lower case, like tank.filled",
                   "type"};
  if (is_engine_type(type))
    return failure{ec::conflict, "'" + std::string{type} + "' is published by the engine alone",
                   "type"};
  if (auto made = make_schema_check(schema); !made)
    return made.error();
  std::lock_guard guard{change_};
  if (auto base = description(type))
    if (auto fault = contradiction(base->schema, schema))
      return failure{ec::conflict,
                     "'" + std::string{type}
                       + "' is described, and no event could be both: " + *fault,
                     "schema"};
  return {};
}

expected<void> type_registry::add_schema(std::string_view type, carillon::audience audience,
                                         std::string_view schema) {
  if (auto fine = check_schema(type, schema); !fine)
    return fine;
  auto check = make_schema_check(schema);
  if (!check)
    return check.error();
  std::lock_guard guard{change_};
  auto types = std::make_shared<snapshot>(*types_.load());
  if (!types->contains(type) && types->size() >= max_types)
    return failure{ec::overloaded, "too many event types are registered", "type"};
  type_info info{.name = std::string{type},
                 .audience = audience,
                 .schema = std::string{schema},
                 .registered = true,
                 .check = std::move(*check)};
  if (auto base = description(type)) {
    info.described = true;
    info.described_schema = base->schema;
    info.check = [base, more = std::move(info.check)](const payload_view& x) -> expected<void> {
      if (auto fine = base->check(x); !fine)
        return fine;
      return more(x);
    };
  }
  types->insert_or_assign(std::string{type}, std::make_shared<const type_info>(std::move(info)));
  types_ = std::move(types);
  return {};
}

expected<void> type_registry::remove_schema(std::string_view type) {
  std::lock_guard guard{change_};
  auto types = std::make_shared<snapshot>(*types_.load());
  auto i = types->find(type);
  if (i == types->end())
    return failure{ec::not_found, "there is no such event type", "type"};
  if (!i->second->registered)
    return failure{ec::conflict,
                   "'" + std::string{type} + "' is described in C++ and was not registered",
                   "type"};
  if (auto base = description(type))
    i->second = std::move(base);
  else
    types->erase(i);
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
