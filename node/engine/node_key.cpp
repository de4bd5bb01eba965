#include "node/engine/node_key.hpp"

#include <filesystem>
#include <system_error>

namespace carillon {

namespace {

failure other_key(const std::string& file, const std::string& mine, const std::string& stored) {
  auto known = stored.empty() ? std::string{"the secret of a webhook cannot be opened"}
                              : "its fingerprint is " + mine + ", the store's " + stored;
  return {
    ec::conflict,
    "the key file " + file + " is not the one that the secrets in this store are sealed with ("
      + known
      + "): put the right one there, or name it by --key-file; if it is lost, start once with "
        "--accept-new-key, and give each webhook another secret",
    {}};
}

/// True if the newest secret is one of this key, or there is none.
expected<bool> opens_secrets(state_store& state, const secret_box& key) {
  list_webhooks newest;
  newest.page.limit = 1;
  auto page = state.webhooks().list(newest);
  if (!page)
    return page.error();
  if (page->items.empty())
    return true;
  auto found = state.webhooks().get(get_webhook{page->items.front().id, {}});
  if (!found)
    return found.error();
  return found->secrets.empty()
         || key.open(found->secrets.front().sealed, webhook_secret_context).has_value();
}

} // namespace

expected<void> check_key_file(state_store& state, const std::string& file, bool adopt) {
  std::error_code unknown;
  if (adopt || std::filesystem::exists(file, unknown) || unknown)
    return {};
  auto stored = state.node_key().fingerprint({});
  if (!stored)
    return stored.error();
  if (stored->empty())
    return {};
  return failure{ec::conflict,
                 "there is no key file " + file
                   + ", and the secrets in this store are sealed with one (fingerprint " + *stored
                   + "): put it there, or name it by --key-file; if it is lost, start once with "
                     "--accept-new-key, and give each webhook another secret",
                 {}};
}

expected<std::string> check_node_key(state_store& state, const secret_box& key,
                                     const std::string& file, bool adopt) {
  const auto printed = key.fingerprint();
  if (!printed)
    return printed.error();
  const auto& mine = *printed;
  auto stored = state.node_key().fingerprint({});
  if (!stored)
    return stored.error();
  if (*stored == mine)
    return std::string{};
  if (stored->empty()) {
    auto opens = opens_secrets(state, key);
    if (!opens)
      return opens.error();
    if (!*opens && !adopt)
      return other_key(file, mine, {});
    if (auto noted = state.node_key().fingerprint(mine); !noted)
      return noted.error();
    return std::string{};
  }
  if (!adopt)
    return other_key(file, mine, *stored);
  if (auto replaced = state.node_key().replace(mine); !replaced)
    return replaced.error();
  return "another key file is accepted from now on: webhooks are not called before each has "
         "another secret (carillon webhooks rotate-secret)";
}

} // namespace carillon
