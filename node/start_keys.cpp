#include "node/start_keys.hpp"

#include "messages/ask.hpp"
#include "node/admin_key_file.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace carillon {

namespace {

/// How long the state store may take to answer while the node starts.
constexpr std::chrono::seconds start_deadline{30};

} // namespace

expected<void> start_keys::load(const std::string& admin_key_file) {
  auto stored
    = ask<api_keys>(system_, actors_.state_reader.access, start_deadline, list_api_keys{});
  if (!stored)
    return stored.error();
  known_ = std::move(*stored);
  ring_.replace(known_);
  if (admin_key_file.empty())
    return {};
  auto given = read_admin_key(admin_key_file);
  if (!given)
    return given.error();
  auto hash = key_ring::hash_of(*given);
  auto known
    = std::find_if(known_.begin(), known_.end(), [&](const auto& x) { return x.hash == hash; });
  if (known == known_.end())
    return store("admin key file", *given);
  if (known->role != role::admin || !known->company_id.empty())
    return failure{ec::invalid_argument,
                   "the key in " + admin_key_file + " is key " + std::to_string(known->id)
                     + ", which is not an admin's of all companies; give another one",
                   "admin-key-file"};
  return {};
}

expected<std::string>
start_keys::make_first(const std::function<expected<void>(const std::string&)>& show) {
  auto text = key_ring::make_key();
  if (!text)
    return text;
  if (show)
    if (auto shown = show(*text); !shown)
      return shown.error();
  if (auto made = store("first admin", *text); !made)
    return failure{made.error().code,
                   made.error().detail + "; the admin key that was shown is not valid",
                   made.error().field};
  return text;
}

expected<void> start_keys::store(std::string name, const std::string& text) {
  api_key key;
  key.name = std::move(name);
  key.role = role::admin;
  key.hash = key_ring::hash_of(text);
  auto made
    = ask<api_key>(system_, actors_.state_writer.access, start_deadline, create_api_key{key, {}});
  if (!made)
    return made.error();
  known_.push_back(*made);
  ring_.replace(known_);
  return {};
}

} // namespace carillon
