#include "node/commands/commands.hpp"
#include "node/commands/support/event_filter_flags.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"

#include "base/json/appender.hpp"
#include "messages/codec/codec.hpp"

#include <iostream>
#include <memory>
#include <thread>

#include <unistd.h>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace replay_command {
namespace {

constexpr std::chrono::milliseconds poll_interval{200};

struct replay_flags : output_flags {
  connection_options connection;
  event_filter_flags filter;
  std::vector<uint64_t> positions;
  std::vector<std::string> ids;
  std::string target = "handlers";

  bool names_events() const noexcept {
    return !positions.empty() || !ids.empty();
  }

  uint32_t rate = 0;
  bool everything = false;
  bool dry_run = false;
  bool wait = false;
};

bool has_filter(const event_filter_flags& x) {
  for (const auto& [name, value] : to_query(x))
    if (!value.empty())
      return true;
  return false;
}

expected<std::string> body_of(const replay_flags& flags) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  if (flags.names_events()) {
    json.begin_array("eventIds");
    for (auto seq : flags.positions)
      json.item(seq);
    for (const auto& id : flags.ids)
      json.item(id);
    json.end_array();
  } else {
    auto filter = to_filter_json(flags.filter);
    if (!filter)
      return filter.error();
    json.raw("filter", *filter);
  }
  json.member("target", flags.target).member("rate", uint64_t{flags.rate});
  if (flags.dry_run)
    json.member("dryRun", true);
  json.end_object();
  return out;
}

int wait_for(api_client& client, const replay_flags& flags, uint64_t id) {
  std::string told;
  for (auto shown = ::isatty(STDERR_FILENO) == 1;; std::this_thread::sleep_for(poll_interval)) {
    auto progress = json_of(client.get("/api/events/replay/" + std::to_string(id)));
    if (!progress)
      return report(progress.error());
    auto phase = text_member(*progress, "phase");
    auto delivered = number_member(*progress, "delivered");
    if (shown)
      std::cerr << '\r' << delivered << " of " << number_member(*progress, "matched")
                << " delivered" << (phase == "running" ? "" : "\n") << std::flush;
    if (phase == "running") {
      auto waits = text_member(*progress, "error");
      if (!waits.empty() && waits != told && !flags.quiet)
        std::cerr << (shown ? "\n" : "") << "replay " << id << ' ' << printable(waits) << std::endl;
      told = std::move(waits);
      continue;
    }
    auto text = "replay " + std::to_string(id) + ' ' + phase + ", " + std::to_string(delivered)
                + " delivered";
    if (auto why = text_member(*progress, "error"); !why.empty())
      text += ": " + why;
    print_outcome(flags, {.json = to_text(*progress), .value = phase, .text = text + '\n'});
    return phase == "done" ? success : fault;
  }
}

int replay(const replay_flags& flags) {
  if (!flags.names_events() && !has_filter(flags.filter) && !flags.everything)
    return report({ec::invalid_argument,
                   "say which events: positions, --id, a filter like --types, or --everything",
                   {}});
  if (flags.names_events() && has_filter(flags.filter))
    return report({ec::invalid_argument, "give either positions and ids, or a filter", {}});
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto body = body_of(flags);
  if (!body)
    return report(body.error());
  auto made = json_of(client->post("/api/events/replay", *body));
  if (!made)
    return report(made.error());
  const auto matched = std::to_string(number_member(*made, "matched"));
  if (flags.dry_run) {
    print_outcome(flags, {.json = to_text(*made),
                          .value = matched,
                          .text = matched + " events match, nothing was replayed\n"});
    return success;
  }
  const auto id = number_member(*made, "replayId");
  // With --wait and a format for scripts, only the final line is printed.
  if (!flags.wait || !(flags.json || flags.quiet))
    print_outcome(
      flags, {.json = to_text(*made),
              .value = std::to_string(id),
              .text = "replay " + std::to_string(id) + " started, " + matched + " events match\n"});
  if (!flags.wait)
    return success;
  std::cout.flush();
  return wait_for(*client, flags, id);
}

} // namespace
} // namespace replay_command

void add_replay(command_line& root, action& chosen) {
  using namespace replay_command;
  auto* command = root.add_subcommand("replay", "Hand stored events to handlers or webhooks again");
  auto flags = std::make_shared<replay_flags>();
  add_admin_flags(*command, flags->connection);
  add_filter_flags(*command, flags->filter);
  command->add_option("positions", flags->positions, "Positions of events, instead of a filter")
    ->positive();
  command->add_option("--id", flags->ids, "Id of an event, instead of a filter; may be repeated")
    ->allow_extra_args(false);
  command
    ->add_option("--target", flags->target,
                 "all, handlers, handler/NAME, webhooks, webhook/ID or sessions")
    ->capture_default_str();
  command
    ->add_option("--rate", flags->rate, "Most events per second; 0 = as fast as they are taken")
    ->capture_default_str();
  command->add_flag("--everything", flags->everything, "Replay the whole log");
  command->add_flag("--dry-run", flags->dry_run, "Only count what matches");
  command->add_flag("--wait", flags->wait, "Wait until it is done");
  add_json_flag(*command, flags->json,
                "Print the replay as JSON: as it began, or ended with --wait");
  add_quiet_flag(*command, flags->quiet,
                 "its number; with --dry-run how many events match, with --wait how it ended");
  command->callback([flags, &chosen] { chosen = [flags] { return replay(*flags); }; });
}

} // namespace carillon::commands
