#include "node/commands/commands.hpp"
#include "node/commands/evidence/offline_evidence.hpp"
#include "node/commands/evidence/offline_seal.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/store_flags.hpp"
#include "persistence/state/operators/audit_check.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace audit_command {
namespace {

struct verify_flags : output_flags {
  connection_options connection;
  std::string data_dir;
  std::string store;
  std::string expect;
  evidence_flags evidence;
};

/// Both checks.
struct offline_verdict {
  audit_check chain;
  /// Empty if the store has no tree over its log, or its key is missing.
  std::optional<evidence_verdict> events;
  bool missing_key = false;
};

struct export_flags : output_flags {
  connection_options connection;
  std::string company;
  std::string action;
  std::string actor;
  std::string subject;
  std::string origin;
  std::string from;
  std::string to;
};

struct reseal_flags : output_flags {
  store_flags store;
  std::string key_file;
  std::string head_file;
};

/// The second line of the text.
std::string text_of_events(const offline_verdict& x) {
  if (!x.events)
    return x.missing_key ? "the tree over the events is not checked: the node's key is not there, "
                           "name it by --key-file\n"
                         : std::string{};
  return std::to_string(x.events->checked) + " events checked, " + std::to_string(x.events->sealed)
         + " of them signed, " + std::to_string(x.events->heads) + " roots compared\n";
}

std::string text_of(const audit_verdict& x, const std::string& hash) {
  const auto checked = std::to_string(x.checked) + " rows checked";
  if (x.valid) {
    if (x.checked == 0)
      return "valid, " + checked + '\n';
    return "valid, " + checked + (x.sealed ? "; sealed" : "; not sealed")
           + " with this node's key; head " + to_text(audit_mark{x.checked, hash}) + '\n';
  }
  if (x.first_bad_event)
    return "not valid: event " + std::to_string(*x.first_bad_event) + ", " + x.reason + "; "
           + checked + '\n';
  if (!x.first_bad)
    return "not valid: " + x.reason + "; " + checked + '\n';
  return "not valid: row " + std::to_string(x.first_bad.value_or(0))
         + " is the first that was tampered with, is missing or out of order, " + x.reason + "; "
         + checked + '\n';
}

/// In the format of the port's answer.
std::string json_of(const audit_verdict& x, const std::string& hash) {
  json_line out;
  out.add("valid", x.valid).add("checked", x.checked);
  if (x.first_bad)
    out.add("firstBad", *x.first_bad);
  else
    out.add_json("firstBad", "null");
  if (x.first_bad_event)
    out.add("firstBadEvent", *x.first_bad_event);
  if (!x.valid)
    out.add("reason", x.reason);
  out.add("sealed", x.sealed);
  if (x.checked > 0 && !hash.empty())
    out.add("head", to_text(audit_mark{x.checked, hash}));
  return out.text();
}

/// @param json the answer of the port, or empty
int print(const output_flags& flags, const audit_verdict& x, const std::string& hash,
          const std::string& json = {}) {
  print_outcome(flags, {.json = json.empty() ? json_of(x, hash) : json,
                        .value = x.valid ? "valid" : "not valid",
                        .text = text_of(x, hash)});
  return x.valid ? success : fault;
}

/// The chain's verdict, with the first fault of the events in it.
audit_verdict merged(const offline_verdict& x) {
  auto out = x.chain.verdict;
  if (!out.valid || !x.events || x.events->valid)
    return out;
  out.valid = false;
  out.first_bad = x.events->first_bad_row;
  out.first_bad_event = x.events->first_bad_event;
  out.reason = x.events->reason;
  return out;
}

/// Of a store elsewhere, the files of the node are in the directory that is named, or where its key
/// is: those of another node, in the working directory, say nothing of it.
storage_options store_of(const verify_flags& flags) {
  storage_options out{
    .url = flags.store.empty() ? "sqlite://" + flags.data_dir : flags.store,
    .read_only = true,
  };
  if (!flags.data_dir.empty())
    out.directory = flags.data_dir;
  else if (!flags.evidence.key_file.empty())
    out.directory = std::filesystem::absolute(flags.evidence.key_file).parent_path().string();
  return out;
}

/// Reads the files directly, with or without a running node.
expected<offline_verdict> check_files(const verify_flags& flags,
                                      const std::optional<audit_mark>& expect) {
  auto store = storage::open(store_of(flags));
  if (!store)
    return store.error();
  auto state = (*store)->open_state(false);
  if (!state)
    return state.error();
  auto log = (*store)->open_log_reader();
  if (!log)
    return log.error();
  auto seal = seal_of(**store, flags.evidence.key_file);
  if (!seal)
    return seal.error();
  if (*seal != nullptr)
    if (auto done = (*state)->audit().seal(*seal, {}); !done)
      return done.error();
  offline_verdict out;
  auto events = check_offline(**store, **state, **log, flags.evidence, out.missing_key);
  if (!events)
    return events.error();
  out.events = std::move(*events);
  // The tree finds gaps, too.
  auto chain = check_audit(
    (*state)->audit(), [&](const read_request& x) { return (*log)->read(x); }, expect, !out.events);
  if (!chain)
    return chain.error();
  out.chain = std::move(*chain);
  return out;
}

int verify_files(const verify_flags& flags, const std::optional<audit_mark>& expect) {
  auto checked = check_files(flags, expect);
  if (!checked)
    return report(checked.error());
  const auto verdict = merged(*checked);
  const auto& hash = checked->chain.hash;
  auto json = json_of(verdict, hash);
  if (checked->events) {
    json.pop_back();
    json += ",\"events\":" + std::to_string(checked->events->checked)
            + ",\"signedEvents\":" + std::to_string(checked->events->sealed) + '}';
  }
  print_outcome(flags, {.json = json,
                        .value = verdict.valid ? "valid" : "not valid",
                        .text = text_of(verdict, hash) + text_of_events(*checked)});
  return verdict.valid ? success : fault;
}

int verify_by_port(const verify_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto result = json_of(client->get("/api/audit/verify", {{"expect", flags.expect}}));
  if (!result)
    return report(result.error());
  auto is_true = [&](const char* name) {
    auto found = result->FindMember(name);
    return found != result->MemberEnd() && found->value.IsTrue();
  };
  audit_verdict out;
  out.valid = is_true("valid");
  out.sealed = is_true("sealed");
  out.checked = number_member(*result, "checked");
  out.first_bad = number_member(*result, "firstBad");
  if (auto event = number_member(*result, "firstBadEvent"); event != 0)
    out.first_bad_event = event;
  out.reason = text_member(*result, "reason");
  const auto head = audit_mark_from(text_member(*result, "head"));
  return print(flags, out, head ? head->hash : std::string{}, to_text(*result));
}

int verify(const verify_flags& flags) {
  std::optional<audit_mark> expect;
  if (!flags.expect.empty()) {
    expect = audit_mark_from(flags.expect);
    if (!expect)
      return report(
        {ec::invalid_argument, "--expect: give NUMBER:HASH, as `head` was printed", {}});
  }
  if (flags.data_dir.empty() && flags.store.empty()) {
    if (!flags.evidence.checkpoints.empty() || !flags.evidence.public_key.empty())
      return report({ec::invalid_argument,
                     "--checkpoint and --public-key need the events: give --data-dir or --store",
                     {}});
    return verify_by_port(flags);
  }
  return verify_files(flags, expect);
}

/// Prints every matching row, oldest first, one per line.
int export_rows(const export_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  query_parameters query{
    {"companyId", flags.company}, {"action", flags.action}, {"actor", flags.actor},
    {"subject", flags.subject},   {"origin", flags.origin}, {"startDate", flags.from},
    {"endDate", flags.to},        {"order", "asc"},         {"limit", "1000"}};
  for (;;) {
    auto page = json_of(client->get("/api/audit", query));
    if (!page)
      return report(page.error());
    auto rows = page->FindMember("audit");
    if (rows != page->MemberEnd() && rows->value.IsArray())
      for (const auto& x : rows->value.GetArray())
        std::cout << to_text(x) << '\n';
    const auto cursor = text_member(*page, "nextCursor");
    if (cursor.empty() || !std::cout)
      break;
    query.erase("cursor");
    query.emplace("cursor", cursor);
  }
  if (!std::cout.flush())
    return report({ec::internal, "the rows cannot be written to standard output", {}});
  return success;
}

int reseal(const reseal_flags& flags) {
  auto store = storage::open(flags.store.options());
  if (!store)
    return report(store.error());
  auto seal = seal_of(**store, flags.key_file);
  if (!seal)
    return report(seal.error());
  if (*seal == nullptr)
    return report({ec::not_found, "there is no key file; name it by --key-file", {}});
  auto log = (*store)->open_log_reader();
  if (!log)
    return report(log.error());
  auto first = digest_of_first([&](const read_request& x) { return (*log)->read(x); });
  if (!first)
    return report(first.error());
  auto state = (*store)->open_state(true);
  if (!state)
    return report(state.error());
  if (auto done = (*state)->audit().reseal(*seal, *first, wall_clock_now()); !done)
    return report(done.error());
  const auto restarted = restart_tree(**store, **state, **log, flags.key_file, flags.head_file);
  if (!restarted)
    return report(restarted.error());
  print_outcome(
    flags, {.json = R"({"resealed":true})",
            .value = "resealed",
            .text = *restarted ? "resealed, with a new tree over the log; the audit log says so\n"
                               : "resealed; the audit log says so\n"});
  return success;
}

void add_verify(command_line& audit, action& chosen) {
  auto* verify_command = audit.add_subcommand(
    "verify",
    "Check the hash chain, its seal, and the events it vouches for, by a running node; in "
    "the files themselves also every event, by the tree over the log");
  auto flags = std::make_shared<verify_flags>();
  add_admin_flags(*verify_command, flags->connection);
  verify_command
    ->add_option("--data-dir", flags->data_dir,
                 "Read the files in this directory; with --store, those beside the store")
    ->type_name("DIR");
  verify_command->add_option("--store", flags->store, "Read this store")->type_name("URL");
  verify_command
    ->add_option("--key-file", flags->evidence.key_file,
                 "The node's key, for seal and tree; otherwise that of the store, if it is there")
    ->type_name("FILE");
  verify_command
    ->add_option("--evidence-head-file", flags->evidence.head_file,
                 "The checkpoint that was signed last; otherwise evidence.head in the data "
                 "directory, if it is there")
    ->type_name("FILE");
  verify_command
    ->add_option("--checkpoint", flags->evidence.checkpoints,
                 "Signed checkpoints of before, such as a witness: the log has to have them still")
    ->type_name("FILE");
  verify_command
    ->add_option("--public-key", flags->evidence.public_key,
                 "The newest checkpoint has to be signed with it")
    ->type_name("KEY");
  verify_command
    ->add_option("--expect", flags->expect,
                 "A head of before, as it was printed: the chain has to have it still")
    ->type_name("NUMBER:HASH");
  add_json_flag(*verify_command, flags->json, "Print the verdict as JSON");
  add_quiet_flag(*verify_command, flags->quiet, "`valid` or `not valid`");
  verify_command->callback([flags, &chosen] { chosen = [flags] { return verify(*flags); }; });
}

void add_rows_export(command_line& audit, action& chosen) {
  auto* command
    = audit.add_subcommand("export", "Print rows, oldest first, as a line of JSON each");
  auto flags = std::make_shared<export_flags>();
  add_admin_flags(*command, flags->connection);
  command->add_option("--company", flags->company, "Of this company")->type_name("ID");
  command->add_option("--action", flags->action, "Of this action")->type_name("NAME");
  command->add_option("--actor", flags->actor, "By this actor, or for this person")
    ->type_name("WHO");
  command->add_option("--subject", flags->subject, "Done to this, e.g. key:7")->type_name("WHAT");
  command->add_option("--origin", flags->origin, "Whose origin has this text in it")
    ->type_name("TEXT");
  command->add_option("--from", flags->from, "Not before this time")->type_name("TIME");
  command->add_option("--to", flags->to, "Before this time")->type_name("TIME");
  add_json_flag(*command, flags->json, "Print each row as JSON on one line, as it does anyway");
  command->callback([flags, &chosen] { chosen = [flags] { return export_rows(*flags); }; });
}

void add_reseal(command_line& audit, action& chosen) {
  auto* command = audit.add_subcommand(
    "reseal",
    "Accept the audit log as it is, after a new key or an older copy; the node is stopped");
  auto flags = std::make_shared<reseal_flags>();
  add_store_flags(*command, flags->store);
  command->add_option("--key-file", flags->key_file, "The node's key, if it is not the store's own")
    ->type_name("FILE");
  command
    ->add_option("--evidence-head-file", flags->head_file,
                 "The checkpoint that was signed last, if it is not in the data directory")
    ->type_name("FILE");
  add_json_flag(*command, flags->json, "Print JSON");
  command->callback([flags, &chosen] { chosen = [flags] { return reseal(*flags); }; });
}

} // namespace
} // namespace audit_command

void add_audit(command_line& root, action& chosen) {
  using namespace audit_command;
  auto* audit = root.add_subcommand("audit", "Check and export the audit log");
  audit->require_subcommand(1);
  add_verify(*audit, chosen);
  add_rows_export(*audit, chosen);
  add_reseal(*audit, chosen);
  add_audit_proofs(*audit, chosen);
}

} // namespace carillon::commands
