#include "persistence/backup/backup.hpp"

#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/backup_bar.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"
#include "persistence/backup/backup_check.hpp"

#include <memory>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace backup_command {
namespace {

struct backup_flags : output_flags {
  std::string to;
  std::string data_dir = "data";
  bool check = false;
  bool no_verify = false;
  bool no_keys = false;
  bool copies = false;
};

std::string text_of(const backup_report& x, const std::string& to) {
  auto number = [](uint64_t n) { return std::to_string(n); };
  auto out = printable(to) + " has the log up to position " + number(x.head) + ", of history "
             + x.history + ": " + number(x.files) + " files, " + number(x.bytes)
             + " bytes\nnew: " + number(x.copied_files) + " files copied, " + number(x.copied_bytes)
             + " bytes, " + number(x.linked_files) + " files linked\n";
  if (!x.has_key)
    out += "the node's key is not in it: keep a copy of the key file\n";
  return out;
}

std::string json_of(const backup_report& x) {
  return json_line{}
    .add("head", x.head)
    .add("formerHead", x.former_head)
    .add("history", x.history)
    .add("files", x.files)
    .add("bytes", x.bytes)
    .add("copiedFiles", x.copied_files)
    .add("copiedBytes", x.copied_bytes)
    .add("linkedFiles", x.linked_files)
    .add("hasKey", x.has_key)
    .text();
}

int check(const backup_flags& flags) {
  expected<position> head = failure{};
  {
    backup_bar bar;
    head = verify_backup(flags.to, bar.teller());
  }
  if (!head)
    return report(head.error());
  const auto number = std::to_string(*head);
  print_outcome(flags,
                {.json = json_line{}.add("head", *head).text(),
                 .value = number,
                 .text = printable(flags.to) + " is what was written, with the log up to position "
                         + number + '\n'});
  return success;
}

int backup(const backup_flags& flags) {
  if (flags.check)
    return check(flags);
  expected<backup_report> done = failure{};
  {
    backup_bar bar;
    done = take_backup({.data_directory = flags.data_dir,
                        .to = flags.to,
                        .verify = !flags.no_verify,
                        .keys = !flags.no_keys,
                        .links = !flags.copies},
                       bar.teller());
  }
  if (!done)
    return report(done.error());
  print_outcome(flags, {.json = json_of(*done),
                        .value = std::to_string(done->head),
                        .text = text_of(*done, flags.to)});
  return success;
}

} // namespace
} // namespace backup_command

void add_backup(command_line& root, action& chosen) {
  using namespace backup_command;
  auto* command = root.add_subcommand(
    "backup", "Back up a data directory, also beside its node; again: only what is new");
  auto flags = std::make_shared<backup_flags>();
  command->add_option("dir", flags->to, "An empty directory, or one with a former backup")
    ->type_name("DIR")
    ->required();
  command->add_option("--data-dir", flags->data_dir, "Directory of the node")
    ->type_name("DIR")
    ->capture_default_str();
  command->add_flag("--check", flags->check, "Only compare a backup with its manifest");
  command->add_flag("--no-verify", flags->no_verify,
                    "Do not read all of the backup before it counts as one");
  command->add_flag("--no-keys", flags->no_keys, "Leave out node.key and evidence.key");
  command->add_flag("--copies", flags->copies, "Copy finished files also where a link would do");
  add_json_flag(*command, flags->json, "Print what was done as JSON");
  add_quiet_flag(*command, flags->quiet, "the last position");
  command->callback([flags, &chosen] { chosen = [flags] { return backup(*flags); }; });
}

} // namespace carillon::commands
