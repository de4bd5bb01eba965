#include "node/commands/api_client.hpp"
#include "node/commands/commands.hpp"
#include "persistence/audit_check.hpp"
#include "persistence/storage.hpp"

#include <iostream>
#include <memory>

namespace carillon::commands {

namespace {

struct audit_flags {
  connection_options connection;
  std::string data_dir;
  std::string store;
};

int print(const audit_verdict& x) {
  if (x.valid) {
    std::cout << "valid, " << x.checked << " rows checked\n";
    return success;
  }
  std::cout << "not valid: row " << x.first_bad.value_or(0)
            << " is the first that was tampered with, is missing or out of order; " << x.checked
            << " rows checked\n";
  return fault;
}

/// Reads the files themselves, beside a running node or without one.
int verify_files(const std::string& url) {
  auto store = storage::open({.url = url, .read_only = true});
  if (!store)
    return report(store.error());
  auto state = (*store)->open_state(false);
  if (!state)
    return report(state.error());
  auto checked = check_audit(**state);
  return checked ? print(checked->verdict) : report(checked.error());
}

int verify_by_port(const connection_options& connection) {
  auto client = api_client::make(connection);
  if (!client)
    return report(client.error());
  auto result = json_of(client->get("/api/audit/verify"));
  if (!result)
    return report(result.error());
  auto valid = result->FindMember("valid");
  audit_verdict out;
  out.valid = valid != result->MemberEnd() && valid->value.IsTrue();
  out.checked = number_member(*result, "checked");
  out.first_bad = number_member(*result, "firstBad");
  return print(out);
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
  verify->callback([flags, &chosen] {
    chosen = [flags] {
      if (!flags->data_dir.empty())
        return verify_files("sqlite://" + flags->data_dir);
      return flags->store.empty() ? verify_by_port(flags->connection) : verify_files(flags->store);
    };
  });
}

} // namespace carillon::commands
