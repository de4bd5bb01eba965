#include "persistence/tools/log_export.hpp"

#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/event_filter_flags.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/progress_bar.hpp"
#include "node/commands/support/store_flags.hpp"

#include <memory>
#include <utility>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace export_command {
namespace {

struct export_flags : output_flags {
  store_flags where;
  std::string to;
  uint64_t after = 0;
  event_filter_flags filter;
};

int export_events(const export_flags& flags) {
  auto filter = to_filter(flags.filter);
  if (!filter)
    return report(filter.error());
  expected<uint64_t> done = failure{};
  {
    progress_bar bar;
    done = export_log({.from = flags.where.options(),
                       .to = flags.to,
                       .after = flags.after,
                       .filter = std::move(*filter)},
                      [&](uint64_t at, uint64_t total) { bar.show("events", at, total); });
  }
  if (!done)
    return report(done.error());
  print_outcome(flags,
                {.json = json_line{}.add("events", *done).add("file", flags.to).text(),
                 .value = std::to_string(*done),
                 .text = std::to_string(*done) + " events in " + printable(flags.to) + '\n'});
  return success;
}

} // namespace
} // namespace export_command

void add_export(command_line& root, action& chosen) {
  using namespace export_command;
  auto* command = root.add_subcommand("export", "Write the events of a store, or some, to a file, "
                                                "also beside its node: .ndjson, .csv, .sqlite");
  auto flags = std::make_shared<export_flags>();
  add_store_flags(*command, flags->where);
  command
    ->add_option("--to", flags->to,
                 "New file; its end says whether it has lines of JSON, of CSV, or an SQLite table")
    ->type_name("FILE")
    ->required();
  command->add_option("--after", flags->after, "Only events beyond this position")
    ->type_name("POSITION");
  add_selection_flags(*command, flags->filter);
  add_json_flag(*command, flags->json, "Print what was written as JSON");
  add_quiet_flag(*command, flags->quiet, "how many events were written");
  command->callback([flags, &chosen] { chosen = [flags] { return export_events(*flags); }; });
}

} // namespace carillon::commands
