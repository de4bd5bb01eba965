#include "persistence/backup/restore.hpp"

#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/backup_bar.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"

#include <memory>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace restore_command {
namespace {

struct restore_flags : output_flags {
  std::string from;
  std::string data_dir;
};

std::string text_of(const restore_report& x, const std::string& to) {
  auto number = [](uint64_t n) { return std::to_string(n); };
  std::string out;
  if (x.resumed)
    out += "went on with a restore that did not get finished\n";
  out += printable(to) + " has the log up to position " + number(x.head) + ": " + number(x.files)
         + " files, " + number(x.bytes) + " bytes, verified\nhistory " + x.history
         + " begins behind it; " + x.former.id + ", the one of the backup, ends there\n";
  if (x.key_is_elsewhere)
    out += "the backup has no node.key: put it there, or name it to the node by --key-file\n";
  return out;
}

std::string json_of(const restore_report& x) {
  return json_line{}
    .add("head", x.head)
    .add("history", x.history)
    .add("formerHistory", x.former.id)
    .add("files", x.files)
    .add("bytes", x.bytes)
    .add("resumed", x.resumed)
    .add("keyIsElsewhere", x.key_is_elsewhere)
    .text();
}

int restore(const restore_flags& flags) {
  expected<restore_report> done = failure{};
  {
    backup_bar bar;
    done = restore_backup(flags.from, flags.data_dir, bar.teller());
  }
  if (!done)
    return report(done.error());
  print_outcome(
    flags,
    {.json = json_of(*done), .value = done->history, .text = text_of(*done, flags.data_dir)});
  return success;
}

} // namespace
} // namespace restore_command

void add_restore(command_line& root, action& chosen) {
  using namespace restore_command;
  auto* command = root.add_subcommand(
    "restore", "Make a data directory of a backup, with a new history; run again to go on");
  auto flags = std::make_shared<restore_flags>();
  command->add_option("dir", flags->from, "The backup")->type_name("DIR")->required();
  command->add_option("--data-dir", flags->data_dir, "An empty directory, or none")
    ->type_name("DIR")
    ->required();
  add_json_flag(*command, flags->json, "Print what was done as JSON");
  add_quiet_flag(*command, flags->quiet, "the new history");
  command->callback([flags, &chosen] { chosen = [flags] { return restore(*flags); }; });
}

} // namespace carillon::commands
