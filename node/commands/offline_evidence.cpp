#include "node/commands/offline_evidence.hpp"

#include "base/crypto/secret_box.hpp"
#include "messages/evidence/head_text.hpp"
#include "node/commands/support/progress_bar.hpp"
#include "node/input_file.hpp"
#include "persistence/evidence/evidence_keys.hpp"

#include <filesystem>

namespace carillon::commands {

namespace {

/// A witness of two weeks, with a checkpoint of some 300 bytes each second, has fewer bytes.
constexpr size_t most_witness_bytes = 512UL * 1024 * 1024;

expected<std::vector<std::string>> read_checkpoints(const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (const auto& file : files) {
    auto text = read_input_file(file, most_witness_bytes);
    if (!text)
      return text.error();
    auto notes = notes_of(*text);
    if (notes.empty())
      return failure{ec::invalid_argument, file + " has no checkpoint", {}};
    out.insert(out.end(), std::make_move_iterator(notes.begin()),
               std::make_move_iterator(notes.end()));
  }
  return out;
}

} // namespace

expected<std::optional<std::string>> evidence_salt(const storage& store,
                                                   const std::string& key_file) {
  const auto path = key_file.empty() ? store.default_key_file() : key_file;
  if (!std::filesystem::exists(path)) {
    // Opening it would make another key.
    if (!key_file.empty())
      return failure{ec::not_found, "there is no key file " + path, {}};
    return std::optional<std::string>{};
  }
  auto box = secret_box::open(path);
  if (!box)
    return box.error();
  auto salt = box->derived_key(evidence_keys::salt_purpose);
  if (!salt)
    return salt.error();
  return std::optional{std::move(*salt)};
}

expected<note_key> public_key_from(const std::string& text) {
  auto key = note_key::parse(text);
  if (!key)
    return failure{ec::invalid_argument,
                   "the key is not of the form NAME+ID+BASE64, as `keys` of the checkpoint has it",
                   {}};
  return std::move(*key);
}

expected<std::optional<evidence_verdict>> check_offline(storage& store, state_store& state,
                                                        event_log& log, const evidence_flags& flags,
                                                        bool& missing_key) {
  missing_key = false;
  evidence_check_request request;
  request.origin = origin_of(store.history());
  auto noted = read_checkpoints(flags.checkpoints);
  if (!noted)
    return noted.error();
  request.noted = std::move(*noted);
  if (!flags.public_key.empty()) {
    auto key = public_key_from(flags.public_key);
    if (!key)
      return key.error();
    request.key = std::move(*key);
  }
  const auto tree = state.evidence().tree();
  if (!tree)
    return tree.error();
  // A key is given where there was a checkpoint: a store without a tree has lost it.
  if (tree->tree.size() == 0 && tree->salt.empty() && request.noted.empty() && !request.key)
    return std::optional<evidence_verdict>{};
  auto salt = evidence_salt(store, flags.key_file);
  if (!salt)
    return salt.error();
  missing_key = !*salt;
  // What was asked for by name is never left out.
  if (missing_key && (!request.noted.empty() || request.key))
    return failure{ec::not_found, "the node's key is not there; name it by --key-file", {}};
  if (missing_key)
    return std::optional<evidence_verdict>{};
  request.salt_key = std::move(**salt);
  progress_bar bar;
  request.report = [&](uint64_t done, uint64_t total) { bar.show("events", done, total); };
  auto found = check_evidence(log, state, request);
  if (!found)
    return found.error();
  return std::optional{std::move(*found)};
}

} // namespace carillon::commands
