#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/store_flags.hpp"
#include "node/commands/support/table.hpp"
#include "persistence/tools/schema_report.hpp"

#include <algorithm>
#include <memory>

// `migrate status`, `up`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace migrate_command {
namespace {

std::string state_of(const schema_part& x) {
  if (x.applied == 0)
    return "not there";
  if (x.applied == x.known)
    return "up to date";
  return x.applied < x.known ? "older than this program" : "newer, and fit for this program";
}

struct migrate_flags : output_flags {
  store_flags where;
};

std::string json_of(const std::vector<schema_part>& parts) {
  std::string all = "[";
  for (const auto& x : parts)
    all += (all.size() > 1 ? "," : "")
           + json_line{}
               .add("name", std::string_view{x.name})
               .add("applied", static_cast<uint64_t>(x.applied))
               .add("known", static_cast<uint64_t>(x.known))
               .add("state", std::string_view{state_of(x)})
               .text();
  return json_line{}.add_json("parts", all + ']').text();
}

std::string table_of(const std::vector<schema_part>& parts) {
  auto out = table_row({{"part", 12}, {"step", -6}, {"of", -6}, {"  state"}});
  for (const auto& x : parts)
    out += table_row({{x.name, 12},
                      {std::to_string(x.applied), -6},
                      {std::to_string(x.known), -6},
                      {"  " + state_of(x)}});
  return out;
}

/// Returns the exit code: a script may ask whether this program and the store fit.
int print(const output_flags& flags, const std::vector<schema_part>& parts) {
  auto unfit
    = std::find_if(parts.begin(), parts.end(), [](const auto& x) { return x.applied < x.known; });
  print_outcome(flags, {.json = json_of(parts),
                        .value = unfit == parts.end() ? "up to date" : state_of(*unfit),
                        .text = table_of(parts)});
  return unfit == parts.end() ? success : fault;
}

int status(const migrate_flags& flags) {
  auto parts = report_schema(flags.where.options());
  return parts ? print(flags, *parts) : report(parts.error());
}

int up(const migrate_flags& flags) {
  // Opening migrates the store, under the same lock as a node's.
  auto opened = storage::open(flags.where.options());
  if (!opened)
    return report(opened.error());
  return status(flags);
}

void add(command_line& to, const char* name, const char* meaning, action& chosen,
         int (*what)(const migrate_flags&)) {
  auto flags = std::make_shared<migrate_flags>();
  auto* command = to.add_subcommand(name, meaning);
  add_store_flags(*command, flags->where);
  add_json_flag(*command, flags->json, "Print it as JSON");
  add_quiet_flag(*command, flags->quiet,
                 "the state of the part that does not fit, or `up to date`");
  command->callback([flags, what, &chosen] { chosen = [flags, what] { return what(*flags); }; });
}

} // namespace
} // namespace migrate_command

void add_migrate(command_line& root, action& chosen) {
  using namespace migrate_command;
  auto* migrate
    = root.add_subcommand("migrate", "Schema of a store: how far it is, bringing it up");
  migrate->require_subcommand(1);
  add(*migrate, "status", "Show how far it is; exit code 1 unless this program can use it as it is",
      chosen, status);
  add(*migrate, "up", "Apply the steps that are missing, as a node does when it starts", chosen,
      up);
}

} // namespace carillon::commands
