#include "messages/evidence/event_proof.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/evidence/offline_evidence.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/input_file.hpp"
#include "persistence/evidence/event_tree.hpp"

#include <memory>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace audit_proofs_command {
namespace {

/// An event with its data and the path; JSON may need six bytes for one.
constexpr size_t most_proof_bytes = 4UL * 1024 * 1024;
constexpr size_t most_key_bytes = 4'096;

struct prove_flags : output_flags {
  connection_options connection;
  std::string data_dir;
  std::string store;
  std::string key_file;
  position seq = 0;
};

struct check_flags : output_flags {
  std::string file;
  std::string key;
};

/// Makes the proof from the files themselves.
expected<std::string> prove_by_files(const prove_flags& flags) {
  const auto url = flags.store.empty() ? "sqlite://" + flags.data_dir : flags.store;
  auto store = storage::open({.url = url, .read_only = true});
  if (!store)
    return store.error();
  auto state = (*store)->open_state(false);
  if (!state)
    return state.error();
  auto log = (*store)->open_log_reader();
  if (!log)
    return log.error();
  const auto salt = evidence_salt(**store, flags.key_file);
  if (!salt)
    return salt.error();
  if (!*salt)
    return failure{ec::not_found, "the node's key is not there; name it by --key-file", {}};
  const auto signed_by_node = (*state)->evidence().signed_by_node();
  if (!signed_by_node)
    return signed_by_node.error();
  event_tree tree{**log, (*state)->evidence(), **salt};
  const auto proof = tree.prove(flags.seq, signed_by_node->head);
  if (!proof)
    return proof.error();
  return json_of(*proof);
}

expected<std::string> prove_by_port(const prove_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return client.error();
  auto found = client->get("/api/audit/events/" + std::to_string(flags.seq) + "/proof");
  // The answer as it is: a proof is checked byte by byte.
  if (auto parsed = json_of(found); !parsed)
    return parsed.error();
  return std::move(found->body);
}

int prove(const prove_flags& flags) {
  const auto proof
    = flags.data_dir.empty() && flags.store.empty() ? prove_by_port(flags) : prove_by_files(flags);
  if (!proof)
    return report(proof.error());
  print_outcome(flags, {.json = *proof, .value = *proof, .text = *proof + '\n'});
  return success;
}

/// The key itself, or a file with it.
expected<note_key> given_key(const std::string& x) {
  if (auto key = note_key::parse(x))
    return std::move(*key);
  auto text = read_input_file(x, most_key_bytes);
  if (!text)
    return text.error();
  while (text->ends_with('\n') || text->ends_with('\r'))
    text->pop_back();
  return public_key_from(*text);
}

int check(const check_flags& flags) {
  const auto key = given_key(flags.key);
  if (!key)
    return report(key.error());
  const auto text = read_input_file(flags.file, most_proof_bytes);
  if (!text)
    return report(text.error());
  const auto proof = event_proof_from(*text);
  if (!proof)
    return report(proof.error());
  const auto head = check_proof(*proof, *key);
  if (!head) {
    // A verdict, not wrong usage.
    report(head.error());
    return fault;
  }
  const auto seq = std::to_string(proof->event->seq);
  const auto size = std::to_string(head->size);
  print_outcome(flags,
                {.json = json_line{}
                           .add("valid", true)
                           .add("seq", proof->event->seq)
                           .add("origin", std::string_view{head->origin})
                           .add("size", head->size)
                           .text(),
                 .value = "valid",
                 .text = "valid: event " + seq + " is in the log " + head->origin
                         + ", as it was when the checkpoint of " + size + " events was signed\n"});
  return success;
}

} // namespace
} // namespace audit_proofs_command

void add_audit_proofs(command_line& audit, action& chosen) {
  using namespace audit_proofs_command;
  auto* prove_command = audit.add_subcommand(
    "prove", "Print the proof that an event is in the log, by a running node or from the files");
  auto made = std::make_shared<prove_flags>();
  prove_command->add_option("seq", made->seq, "Position of the event")
    ->type_name("SEQ")
    ->required();
  add_admin_flags(*prove_command, made->connection);
  auto* dir
    = prove_command->add_option("--data-dir", made->data_dir, "Read the files in this directory")
        ->type_name("DIR");
  prove_command->add_option("--store", made->store, "Read this store")
    ->type_name("URL")
    ->excludes(dir);
  prove_command
    ->add_option("--key-file", made->key_file, "The node's key; otherwise that of the store")
    ->type_name("FILE");
  add_json_flag(*prove_command, made->json, "Print the proof, which is JSON, as it does anyway");
  prove_command->callback([made, &chosen] { chosen = [made] { return prove(*made); }; });

  auto* check_command
    = audit.add_subcommand("check-proof", "Check a proof, without a node or its files");
  auto checked = std::make_shared<check_flags>();
  check_command->add_option("file", checked->file, "File with the proof")
    ->type_name("FILE")
    ->required();
  check_command
    ->add_option("--key", checked->key,
                 "Public key of the log, or a file with it, from a source that you trust")
    ->type_name("KEY")
    ->required();
  add_json_flag(*check_command, checked->json, "Print the verdict as JSON");
  add_quiet_flag(*check_command, checked->quiet, "`valid`");
  check_command->callback([checked, &chosen] { chosen = [checked] { return check(*checked); }; });
}

} // namespace carillon::commands
