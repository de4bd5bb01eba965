#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

// `nodes`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace nodes_command {
namespace {

std::string node_row(const std::string& name, const std::string& state, const std::string& version,
                     const std::string& silent, const std::string& address) {
  return table_row({{name, 24}, {state, 8}, {version, 10}, {silent, -8}, {address}});
}

std::string row_of(const rapidjson::Value& x) {
  const auto self = x.FindMember("self");
  const auto asked = self != x.MemberEnd() && self->value.IsTrue();
  const auto address = x.FindMember("adminAddress");
  const auto known = address != x.MemberEnd() && address->value.IsString();
  return node_row(shown_member(x, "name") + (asked ? " *" : ""), shown_member(x, "state"),
                  shown_member(x, "version"),
                  std::to_string(number_member(x, "silentMs") / 1'000) + " s",
                  known ? shown_member(x, "adminAddress") : std::string{});
}

int show(const answer_flags& flags) {
  return print_entries(flags,
                       {.path = "/api/nodes",
                        .query = {},
                        .name = "nodes",
                        .title = node_row("name", "state", "version", "silent", "admin port"),
                        .row = row_of,
                        .range = {}});
}

} // namespace
} // namespace nodes_command

void add_nodes(command_line& root, action& chosen) {
  using namespace nodes_command;
  auto flags = std::make_shared<answer_flags>();
  auto* command = add_command(
    root, "nodes", "List the nodes of the store, and what they do; * = the one that answers", flags,
    chosen, show);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
}

} // namespace carillon::commands
