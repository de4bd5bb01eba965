#include "actors/state/store_actor.hpp"
#include "base/crypto/secret_box.hpp"
#include "node/engine/engine_parts.hpp"
#include "node/engine/node_key.hpp"
#include "persistence/state/operators/audit_check.hpp"

// The state of an engine: the node's key, the seal of the audit log, and the actors of the store.

namespace carillon {

expected<void> engine::parts::seal(state_store& state) {
  const auto& given = options.webhooks.key_file;
  auto box = secret_box::open(given.empty() ? store->default_key_file() : given);
  if (!box)
    return box.error();
  auto log = store->open_log_reader();
  if (!log)
    return log.error();
  auto first = digest_of_readable_first([&](const read_request& x) { return (*log)->read(x); });
  if (!first)
    return first.error();
  auto key = box->derived_key(audit_seal::purpose);
  if (!key)
    return key.error();
  return state.audit().seal(
    std::make_shared<const audit_seal>(*key, store->data_directory() + '/'
                                               + std::string{audit_seal::file_name}),
    *first);
}

/// Runs before any use of the key.
expected<void> engine::parts::open_key(state_store& state) {
  const auto& settings = options.webhooks;
  const auto file = settings.key_file.empty() ? store->default_key_file() : settings.key_file;
  if (auto known = check_key_file(state, file, settings.accept_new_key); !known)
    return known;
  auto box = secret_box::open(file);
  if (!box)
    return box.error();
  auto checked = check_node_key(state, *box, file, settings.accept_new_key);
  if (!checked)
    return checked.error();
  if (!checked->empty())
    start_warnings.push_back(*checked);
  secrets = std::make_shared<const secret_box>(std::move(*box));
  return {};
}

expected<void> engine::parts::spawn_state() {
  for (bool writes : {true, false}) {
    auto opened = store->open_state(writes);
    if (!opened)
      return opened.error();
    if (writes)
      if (auto done = open_key(**opened); !done)
        return done;
    if (writes)
      if (auto made = (*opened)->schema().apply(options.schema, wall_clock_now()); !made)
        return made;
    if (auto sealed = seal(**opened); !sealed)
      return sealed;
    if (writes && options.evidence.enabled)
      if (auto done = evidence.open(**opened, options.evidence, *secrets, store->data_directory(),
                                    origin_of(history));
          !done)
        return done;
    spawn_store(std::move(*opened), writes);
  }
  return {};
}

void engine::parts::spawn_store(std::shared_ptr<state_store> opened, bool writes) {
  opened->schedules().set_bounds(options.scheduler.schedules, options.scheduler.delayed);
  auto handle = sys.spawn<caf::detached>(store_actor, std::move(opened));
  watched.add(handle, writes ? "the writer of the state" : "the reader of the state");
  (writes ? state_writer : state_reader) = state_handles_of(handle);
}

} // namespace carillon
