#include "node/state_mirror.hpp"

#include "messages/ask.hpp"

#include <utility>

namespace carillon {

expected<void> state_mirror::read(std::chrono::milliseconds deadline) {
  auto keys = ask<api_keys>(system_, store_, deadline, list_api_keys{});
  if (!keys)
    return keys.error();
  keys_.replace(*keys);
  auto types = ask<registered_types>(system_, store_, deadline, list_event_types{});
  if (!types)
    return types.error();
  take(*types);
  return {};
}

void state_mirror::take(const registered_types& all) {
  auto before = std::exchange(known_, {});
  for (const auto& x : all) {
    auto& now = known_[x.type] = {x.audience, x.schema};
    const auto old = before.find(x.type);
    // One that this version does not take stays as it was.
    if (old == before.end() || old->second != now)
      static_cast<void>(types_.add_schema(x.type, x.audience, x.schema));
  }
  for (const auto& x : types_.list())
    if (x->registered && !known_.contains(x->name))
      static_cast<void>(types_.remove_schema(x->name));
}

} // namespace carillon
