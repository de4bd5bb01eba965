#include "persistence/tools/copy.hpp"

#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/progress_bar.hpp"

#include <array>
#include <memory>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace copy_command {
namespace {

struct copy_flags : output_flags {
  std::string from;
  std::string to;
  std::string data_dir;
};

std::string text_of(const copy_report& x) {
  auto number = [](uint64_t n) { return std::to_string(n); };
  std::string out;
  if (x.resumed_after > 0)
    out += "went on after position " + number(x.resumed_after) + '\n';
  out += "copied and compared: " + number(x.events) + " events, " + number(x.state_rows)
         + " rows of the state, " + number(x.audit_rows) + " audit rows, " + number(x.files)
         + " files\ndocuments and key: " + printable(x.directory) + '\n';
  if (x.key_is_elsewhere)
    out += "the source has no node.key: name the key to the new node by --key-file\n";
  return out;
}

std::string json_of(const copy_report& x) {
  return json_line{}
    .add("events", x.events)
    .add("resumedAfter", x.resumed_after)
    .add("stateRows", x.state_rows)
    .add("auditRows", x.audit_rows)
    .add("files", x.files)
    .add("directory", std::string_view{x.directory})
    .add("keyIsElsewhere", x.key_is_elsewhere)
    .text();
}

int copy(const copy_flags& flags) {
  constexpr std::array names{"events", "rows of the state", "files", "comparing"};
  copy_request request;
  request.from = flags.from;
  request.to.url = flags.to;
  request.to.directory = flags.data_dir;
  expected<copy_report> done = failure{};
  {
    progress_bar bar;
    done = copy_installation(request, [&](const copy_progress& x) {
      bar.show(names.at(static_cast<size_t>(x.stage)), x.done, x.total);
    });
  }
  if (!done)
    return report(done.error());
  print_outcome(
    flags, {.json = json_of(*done), .value = std::to_string(done->events), .text = text_of(*done)});
  return success;
}

} // namespace
} // namespace copy_command

void add_copy(command_line& root, action& chosen) {
  using namespace copy_command;
  auto* command = root.add_subcommand(
    "copy", "Move an installation from a data directory to PostgreSQL; run again to go on");
  auto flags = std::make_shared<copy_flags>();
  command->add_option("--from", flags->from, "sqlite://… that no node runs on")
    ->type_name("URL")
    ->required();
  command->add_option("--to", flags->to, "postgresql://… without a store")
    ->type_name("URL")
    ->required();
  command
    ->add_option(
      "--data-dir", flags->data_dir,
      "Directory that documents, the keys and the id of mails are copied to; empty = they stay")
    ->type_name("DIR");
  add_json_flag(*command, flags->json, "Print what was copied as JSON");
  add_quiet_flag(*command, flags->quiet, "how many events were copied");
  command->callback([flags, &chosen] { chosen = [flags] { return copy(*flags); }; });
}

} // namespace carillon::commands
