#include "node/commands/commands.hpp"
#include "node/commands/support/output.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace describe_command {
namespace {

/// An array of JSON.
template <class Things, class F>
std::string list_of(const Things& things, F text) {
  std::string out = "[";
  for (const auto& x : things)
    out += (out.size() > 1 ? "," : "") + text(x);
  return out + "]";
}

/// The names of an option as on a command line; those of a positional argument: none.
std::string names_of(const CLI::Option& x) {
  std::string out;
  auto add = [&](const std::string& name) { out += (out.empty() ? "\"" : ",\"") + name + '"'; };
  for (const auto& name : x.get_snames())
    add('-' + name);
  for (const auto& name : x.get_lnames())
    add("--" + name);
  return "[" + out + "]";
}

std::string description_of(const CLI::Option& x) {
  const bool is_switch = x.get_items_expected_max() == 0;
  json_line out;
  out.add_json("names", names_of(x));
  if (x.get_positional())
    out.add("positional", x.get_name(true));
  out.add("value", is_switch ? std::string{} : x.get_type_name());
  return out.add("meaning", x.get_description())
    .add("group", x.get_group())
    .add("standard", x.get_default_str())
    .add("variable", x.get_envname())
    .add("required", x.get_required())
    .add("many", x.get_expected_max() > 1)
    .text();
}

std::string description_of(const CLI::App& x) {
  auto options = x.get_options([](const CLI::Option* o) { return !o->get_group().empty(); });
  auto commands = x.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); });
  return json_line{}
    .add("name", x.get_name())
    .add("meaning", x.get_description())
    .add("footer", x.get_footer())
    .add_json("options", list_of(options, [](const auto* o) { return description_of(*o); }))
    .add_json("commands", list_of(commands, [](const auto* c) { return description_of(*c); }))
    .text();
}

} // namespace
} // namespace describe_command

void add_describe(CLI::App& root, action& chosen) {
  using namespace describe_command;
  root.add_subcommand("describe", "Print commands and options as JSON, for packages")
    ->group("")
    ->callback([&root, &chosen] {
      chosen = [&root] {
        std::cout << description_of(root) << '\n';
        return success;
      };
    });
}

} // namespace carillon::commands
