#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"
#include "node/commands/support/typescript.hpp"

#include <iostream>

// `types`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace types_command {
namespace {

constexpr const char* types_path = "/api/events/types";

struct types_flags : answer_flags {
  bool typescript = false;
};

std::string type_row(const std::string& name, const std::string& audience,
                     const std::string& origin) {
  return table_row({{name, 32}, {audience, 10}, {origin}});
}

std::string row_of_type(const rapidjson::Value& x) {
  auto is = [&](const char* name) {
    auto found = x.FindMember(name);
    return found != x.MemberEnd() && found->value.IsTrue();
  };
  return type_row(shown_member(x, "type"), shown_member(x, "audience"),
                  !is("registered") ? "catalogue"
                  : is("described") ? "catalogue, extended"
                                    : "registered");
}

int print_typescript(const types_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto answer = json_of(client->get(types_path));
  if (!answer)
    return report(answer.error());
  auto types = answer->FindMember("types");
  if (types == answer->MemberEnd() || !types->value.IsArray())
    return report({ec::internal, "the answer has no types", {}});
  std::cout << typescript_module(types->value);
  return success;
}

int list_types(const types_flags& flags) {
  if (flags.typescript)
    return print_typescript(flags);
  return print_entries(flags, {.path = types_path,
                               .query = {},
                               .name = "types",
                               .title = type_row("type", "audience", "origin"),
                               .row = row_of_type,
                               .range = {}});
}

} // namespace
} // namespace types_command

void add_types(command_line& root, action& chosen) {
  using namespace types_command;
  auto flags = std::make_shared<types_flags>();
  auto* command = add_command(root, "types", "Print the event types that the node knows", flags,
                              chosen, list_types);
  add_json_flag(*command, flags->json, "Print each as JSON on one line, with its schema");
  command
    ->add_flag("--typescript", flags->typescript,
               "Print a module for the npm package carillon, with what was registered at the node")
    ->excludes("--json");
}

} // namespace carillon::commands
