#include "node/commands/evidence/offline_seal.hpp"

#include "base/crypto/secret_box.hpp"
#include "persistence/state/operators/audit_check.hpp"

#include <filesystem>

namespace carillon::commands {

expected<audit_seal_ptr> seal_of(const storage& store, const std::string& key_file) {
  const auto path = key_file.empty() ? store.default_key_file() : key_file;
  if (!std::filesystem::exists(path)) {
    // Opening it would make another key.
    if (!key_file.empty())
      return failure{ec::not_found, "there is no key file " + path, {}};
    return audit_seal_ptr{};
  }
  auto box = secret_box::open(path);
  if (!box)
    return box.error();
  auto key = box->derived_key(audit_seal::purpose);
  if (!key)
    return key.error();
  return audit_seal_ptr{std::make_shared<const audit_seal>(
    *key, store.data_directory() + '/' + std::string{audit_seal::file_name})};
}

expected<void> seal_offline(storage& store, state_store& state) {
  auto seal = seal_of(store, {});
  if (!seal)
    return seal.error();
  if (*seal == nullptr)
    return {};
  auto log = store.open_log_reader();
  if (!log)
    return log.error();
  auto first = digest_of_readable_first([&](const read_request& x) { return (*log)->read(x); });
  if (!first)
    return first.error();
  return state.audit().seal(*seal, *first);
}

} // namespace carillon::commands
