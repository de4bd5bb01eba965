#include "node/commands/evidence/offline_evidence.hpp"

#include "base/crypto/secret_box.hpp"
#include "messages/evidence/head_text.hpp"
#include "node/commands/support/progress_bar.hpp"
#include "node/input_file.hpp"
#include "persistence/evidence/evidence_keys.hpp"
#include "persistence/evidence/tree_guard.hpp"

#include <filesystem>
#include <iostream>

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
    auto kept = notes_of(*text);
    if (kept.notes.empty())
      return failure{ec::invalid_argument, file + " has no checkpoint", {}};
    // Said, since somebody may have damaged one to hide it.
    if (kept.cut > 0)
      std::cerr << "carillon: " << file << " has " << kept.cut
                << " pieces that are no checkpoint, or one that was cut; they are left out\n";
    out.insert(out.end(), std::make_move_iterator(kept.notes.begin()),
               std::make_move_iterator(kept.notes.end()));
  }
  return out;
}

/// Whether the tree over the log can go on as it is, with the past that is known. A file that
/// cannot be read is removed: the operator accepts what is there.
expected<bool> tree_goes_on(storage& store, state_store& state, event_log& log,
                            const std::string& salt, const std::string& given_head_file) {
  const auto tree = state.evidence().tree();
  const auto head = log.head();
  if (!tree || !head)
    return !tree ? tree.error() : head.error();
  const auto file = head_file_of(store, given_head_file);
  if (const auto kept = file.read(); !kept && kept.error().code == ec::store_corrupt)
    if (auto done = file.remove(); !done)
      return done.error();
  auto past = read_signed_past(state, file, {});
  // A row that tells no head is part of a chain that is accepted as it is.
  if (!past && past.error().code == ec::store_corrupt)
    return false;
  if (!past)
    return past.error();
  if (tree->tree.size() == 0 && past->heads.empty())
    return true;
  if (tree->salt != salt_fingerprint(salt) || tree->tree.size() > *head)
    return false;
  auto fits = continues_past(log, state, salt, *past);
  // Parts of the tree, or events that it covers, are gone.
  if (!fits && fits.error().code == ec::store_corrupt)
    return false;
  return fits;
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

head_file head_file_of(const storage& store, const std::string& given) {
  return head_file{given.empty() ? store.data_directory() + '/' + std::string{head_file::file_name}
                                 : given};
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
  request.former = store.histories().former;
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
  auto past = read_signed_past(state, head_file_of(store, flags.head_file), {});
  if (past)
    request.past = std::move(past->heads);
  else if (past.error().code == ec::store_corrupt)
    request.past_fault = past.error().detail;
  else
    return past.error();
  const auto tree = state.evidence().tree();
  if (!tree)
    return tree.error();
  // A key is given where there was a checkpoint: a store without a tree has lost it.
  if (tree->tree.size() == 0 && tree->salt.empty() && request.noted.empty() && !request.key
      && request.past.empty() && request.past_fault.empty())
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

expected<bool> restart_tree(storage& store, state_store& state, event_log& log,
                            const std::string& key_file, const std::string& given_head_file) {
  const auto salt = evidence_salt(store, key_file);
  if (!salt)
    return salt.error();
  if (!*salt)
    return false;
  const auto goes_on = tree_goes_on(store, state, log, **salt, given_head_file);
  if (!goes_on)
    return goes_on.error();
  if (*goes_on)
    return false;
  if (auto done = state.evidence().restart(salt_fingerprint(**salt), wall_clock_now()); !done)
    return done.error();
  if (auto done = head_file_of(store, given_head_file).remove(); !done)
    return done.error();
  return true;
}

} // namespace carillon::commands
