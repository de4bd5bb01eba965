#include "node/commands/api_client.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/output.hpp"
#include "persistence/audit_check.hpp"
#include "persistence/storage.hpp"

#include <memory>

namespace carillon::commands {

namespace {

struct audit_flags : output_flags {
  connection_options connection;
  std::string data_dir;
  std::string store;
};

std::string text_of(const audit_verdict& x) {
  const auto checked = std::to_string(x.checked) + " rows checked\n";
  if (x.valid)
    return "valid, " + checked;
  return "not valid: row " + std::to_string(x.first_bad.value_or(0))
         + " is the first that was tampered with, is missing or out of order; " + checked;
}

/// As the port answers it.
std::string json_of(const audit_verdict& x) {
  json_line out;
  out.add("valid", x.valid).add("checked", x.checked);
  if (x.first_bad)
    out.add("firstBad", *x.first_bad);
  else
    out.add_json("firstBad", "null");
  return out.text();
}

int print(const output_flags& flags, const audit_verdict& x) {
  print_outcome(flags,
                {.json = json_of(x), .value = x.valid ? "valid" : "not valid", .text = text_of(x)});
  return x.valid ? success : fault;
}

/// Reads the files themselves, beside a running node or without one.
int verify_files(const output_flags& flags, const std::string& url) {
  auto store = storage::open({.url = url, .read_only = true});
  if (!store)
    return report(store.error());
  auto state = (*store)->open_state(false);
  if (!state)
    return report(state.error());
  auto checked = check_audit(**state);
  return checked ? print(flags, checked->verdict) : report(checked.error());
}

int verify_by_port(const audit_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto result = json_of(client->get("/api/audit/verify"));
  if (!result)
    return report(result.error());
  auto valid = result->FindMember("valid");
  audit_verdict out;
  out.valid = valid != result->MemberEnd() && valid->value.IsTrue();
  out.checked = number_member(*result, "checked");
  if (!out.valid)
    out.first_bad = number_member(*result, "firstBad");
  return print(flags, out);
}

} // namespace

void add_audit(CLI::App& root, action& chosen) {
  auto* audit = root.add_subcommand("audit", "Check the audit log");
  audit->require_subcommand(1);
  auto* verify = audit->add_subcommand(
    "verify", "Check the hash chain, by a running node or in the files themselves");
  auto flags = std::make_shared<audit_flags>();
  add_admin_flags(*verify, flags->connection);
  auto* dir = verify->add_option("--data-dir", flags->data_dir, "Read the files in this directory")
                ->type_name("DIR");
  verify->add_option("--store", flags->store, "Read this store")->type_name("URL")->excludes(dir);
  add_json_flag(*verify, flags->json, "Print the verdict as JSON");
  add_quiet_flag(*verify, flags->quiet, "`valid` or `not valid`");
  verify->callback([flags, &chosen] {
    chosen = [flags] {
      if (!flags->data_dir.empty())
        return verify_files(*flags, "sqlite://" + flags->data_dir);
      return flags->store.empty() ? verify_by_port(*flags) : verify_files(*flags, flags->store);
    };
  });
}

} // namespace carillon::commands
