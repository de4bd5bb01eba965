#include "node/commands/api_client.hpp"
#include "node/commands/store_flags.hpp"
#include "node/commands/table.hpp"
#include "persistence/schema_report.hpp"

#include <iostream>
#include <memory>

// `migrate status`, `up`.

namespace carillon::commands {

namespace {

std::string state_of(const schema_part& x) {
  if (x.applied == 0)
    return "not there";
  if (x.applied == x.known)
    return "up to date";
  return x.applied < x.known ? "older than this program" : "newer than this program";
}

/// Answers the exit code: a script may ask whether this program and the store fit.
int print(const std::vector<schema_part>& parts) {
  int code = success;
  std::cout << table_row({{"part", 12}, {"step", -6}, {"of", -6}, {"  state"}});
  for (const auto& x : parts) {
    std::cout << table_row({{x.name, 12},
                            {std::to_string(x.applied), -6},
                            {std::to_string(x.known), -6},
                            {"  " + state_of(x)}});
    if (x.applied != x.known)
      code = fault;
  }
  return code;
}

int status(const store_flags& flags) {
  auto parts = report_schema(flags.options());
  return parts ? print(*parts) : report(parts.error());
}

int up(const store_flags& flags) {
  // Opening brings it up to date, under the lock that a node has.
  auto opened = storage::open(flags.options());
  if (!opened)
    return report(opened.error());
  return status(flags);
}

void add(CLI::App& to, const char* name, const char* meaning, action& chosen,
         int (*what)(const store_flags&)) {
  auto flags = std::make_shared<store_flags>();
  auto* command = to.add_subcommand(name, meaning);
  add_store_flags(*command, *flags);
  command->callback([flags, what, &chosen] { chosen = [flags, what] { return what(*flags); }; });
}

} // namespace

void add_migrate(CLI::App& root, action& chosen) {
  auto* migrate
    = root.add_subcommand("migrate", "Schema of a store: how far it is, bringing it up");
  migrate->require_subcommand(1);
  add(*migrate, "status", "Show how far it is; exit code 1 unless it is up to date", chosen,
      status);
  add(*migrate, "up", "Apply the steps that are missing, as a node does when it starts", chosen,
      up);
}

} // namespace carillon::commands
