#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/progress_bar.hpp"
#include "persistence/tools/log_care.hpp"

#include <memory>

// `log check`, `repair`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace log_command {
namespace {

struct log_flags : output_flags {
  std::string data_dir = "data";
  bool yes = false;
};

std::string counted(uint64_t n, const char* one, const char* more) {
  return std::to_string(n) + ' ' + (n == 1 ? one : more);
}

std::string json_of(const segments::damage& x) {
  return json_line{}
    .add("file", std::string_view{x.file})
    .add("offset", x.offset)
    .add("from", x.from)
    .add("next", x.next)
    .add("what", std::string_view{x.what})
    .text();
}

std::string json_of(const std::vector<segments::damage>& all) {
  std::string out = "[";
  for (const auto& x : all)
    out += (out.size() > 1 ? "," : "") + json_of(x);
  return out + ']';
}

std::string json_of(const log_state& x) {
  return json_line{}
    .add("well", x.is_well())
    .add("first", x.log.first)
    .add("head", x.log.head)
    .add("events", x.log.events)
    .add("bytes", x.log.bytes)
    .add("files", static_cast<uint64_t>(x.log.segments))
    .add("knownTo", x.known_to)
    .add("unfinishedBytes", x.log.unfinished_bytes)
    .add("inUse", x.is_in_use)
    .add_json("damages", json_of(x.log.damages))
    .text();
}

std::string text_of(const std::vector<segments::damage>& all) {
  std::string out;
  for (const auto& x : all)
    out += segments::sentence_of(x) + '\n';
  return out;
}

std::string text_of(const log_state& x) {
  auto out = text_of(x.log.damages);
  if (x.known_to > x.log.head && x.log.damages.empty())
    out += "the log ends at position " + std::to_string(x.log.head) + ", but position "
           + std::to_string(x.known_to) + " is known\n";
  if (x.log.unfinished_bytes > 0)
    out += "at the end are " + counted(x.log.unfinished_bytes, "byte", "bytes")
           + " of a commit that was not finished: the next start removes them\n";
  out += (x.is_well() ? "well: " : "damaged: ") + counted(x.log.events, "event", "events")
         + " can be read in " + counted(x.log.segments, "file", "files") + ", from position "
         + std::to_string(x.log.first) + " on\n";
  if (x.is_in_use)
    out += "a process has the directory open: what it writes meanwhile was not looked at\n";
  return out;
}

/// With a running node the repair would be refused anyway.
std::string advice_of(const log_flags& flags, const log_state& x) {
  if (x.is_well())
    return {};
  return "put the named files back from a backup, whose finished files are the same; or repair: "
         "carillon log repair --data-dir "
         + printable(flags.data_dir) + '\n';
}

expected<log_state> look(const log_flags& flags) {
  progress_bar bar;
  return check_log(flags.data_dir, [&](const std::string& step, uint64_t done, uint64_t total) {
    bar.show(step, done, total);
  });
}

int check(const log_flags& flags) {
  const auto found = look(flags);
  if (!found)
    return report(found.error());
  print_outcome(flags, {.json = json_of(*found),
                        .value = found->is_well() ? "well" : "damaged",
                        .text = text_of(*found) + advice_of(flags, *found)});
  return found->is_well() ? success : fault;
}

std::string json_of(const log_repaired& x) {
  std::string kept = "[";
  for (const auto& name : x.kept_in)
    kept += (kept.size() > 1 ? ",\"" : "\"") + name + '"';
  return json_line{}
    .add("head", x.head)
    .add("saved", x.saved)
    .add("lost", x.lost)
    .add("firstLost", x.first_lost)
    .add("lastLost", x.last_lost)
    .add("history", std::string_view{x.history})
    .add_json("keptIn", kept + ']')
    .add_json("damages", json_of(x.damages))
    .text();
}

std::string text_of(const log_repaired& x) {
  if (x.damages.empty() && x.lost == 0 && x.saved == 0)
    return "the log is well: nothing was changed\n";
  auto out = text_of(x.damages);
  if (x.lost == 0)
    out += "no event was lost\n";
  else
    out += counted(x.lost, "event was", "events were") + " lost, the first at position "
           + std::to_string(x.first_lost) + ", the last at " + std::to_string(x.last_lost)
           + "; at their positions are events " + std::string{lost_event_type} + '\n';
  if (x.saved > 0)
    out += counted(x.saved, "event", "events") + " behind the damage are at their positions\n";
  if (!x.history.empty())
    out += "the log has a new history, " + x.history + ": clients with positions begin anew\n";
  for (const auto& name : x.kept_in)
    out += "kept as it was: log/" + name + '\n';
  return out + "the log ends at position " + std::to_string(x.head) + '\n';
}

/// Says what a repair would do, and does nothing.
int announce(const log_flags& flags) {
  const auto found = look(flags);
  if (!found)
    return report(found.error());
  const std::string advice
    = found->is_well()
        ? "nothing to repair\n"
        : "nothing was changed: stop the node, and give --yes to repair. Events that "
          "cannot be read are lost then; what is cut is kept in files beside\n";
  print_outcome(flags, {.json = json_of(*found),
                        .value = found->is_well() ? "well" : "damaged",
                        .text = text_of(*found) + advice});
  return found->is_well() ? success : fault;
}

int repair(const log_flags& flags) {
  if (!flags.yes)
    return announce(flags);
  expected<log_repaired> done = failure{};
  {
    progress_bar bar;
    done = repair_log(
      flags.data_dir, wall_clock_now(),
      [&](const std::string& step, uint64_t at, uint64_t total) { bar.show(step, at, total); });
  }
  if (!done)
    return report(done.error());
  print_outcome(
    flags, {.json = json_of(*done), .value = std::to_string(done->lost), .text = text_of(*done)});
  return success;
}

} // namespace
} // namespace log_command

void add_log(command_line& root, action& chosen) {
  using namespace log_command;
  auto* log = root.add_subcommand("log", "The files of the embedded log: check and repair them");
  log->require_subcommand(1);

  auto* check_command = log->add_subcommand(
    "check", "Read all bytes of the log, also beside its node; exit code 1 if it is damaged");
  auto checked = std::make_shared<log_flags>();
  check_command->add_option("--data-dir", checked->data_dir, "Directory of the node")
    ->type_name("DIR")
    ->capture_default_str();
  add_json_flag(*check_command, checked->json, "Print what was found as JSON");
  add_quiet_flag(*check_command, checked->quiet, "`well` or `damaged`");
  check_command->callback([checked, &chosen] { chosen = [checked] { return check(*checked); }; });

  auto* repair_command = log->add_subcommand(
    "repair", "Make a damaged log one that a node opens; keeps what it cuts in files");
  auto repaired = std::make_shared<log_flags>();
  repair_command
    ->add_option("--data-dir", repaired->data_dir, "Directory of the node, which is stopped")
    ->type_name("DIR")
    ->required();
  repair_command->add_flag("--yes", repaired->yes, "Do it; otherwise say what is damaged");
  add_json_flag(*repair_command, repaired->json, "Print what was done as JSON");
  add_quiet_flag(*repair_command, repaired->quiet, "how many events were lost");
  repair_command->callback(
    [repaired, &chosen] { chosen = [repaired] { return repair(*repaired); }; });
}

} // namespace carillon::commands
