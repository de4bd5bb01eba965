#include "messages/events/log_history.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/event_filter_flags.hpp"
#include "node/commands/support/event_pages.hpp"
#include "node/commands/support/output.hpp"

#include <iostream>
#include <memory>
#include <optional>
#include <thread>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace tail_command {
namespace {

struct tail_flags {
  connection_options connection;
  event_filter_flags filter;
  /// A position, maybe with its history; empty = from now on.
  std::string since;
  std::chrono::milliseconds interval{500};
  bool once = false;
  bool json = true;
};

/// The last event that the caller may see.
expected<history_position> last_place(api_client& client) {
  auto page = fetch_events(client, {{"limit", "1"}});
  if (!page)
    return page.error();
  return history_position{page->history, page->last_seq};
}

/// The log is not the one that was followed: it was restored, or is another one.
void report_gap(const event_lines& page) {
  report({ec::conflict,
          "the log has another history: what was printed of positions "
            + std::to_string(page.gap->first) + " to " + std::to_string(page.gap->second)
            + " is not in it; its events follow",
          {}});
}

/// Prints the events after a position, page by page, and advances it.
expected<void> print_new(api_client& client, const tail_flags& flags, history_position& after) {
  const auto begin = to_string(after);
  std::string cursor;
  do {
    auto query = to_query(flags.filter);
    query.emplace("after", begin);
    query.emplace("order", "asc");
    query.emplace("limit", "1000");
    query.emplace("cursor", cursor);
    auto page = fetch_events(client, query);
    if (!page)
      return page.error();
    if (page->gap && cursor.empty()) {
      report_gap(*page);
      after.seq = page->gap->first - 1;
    }
    after.history = page->history;
    for (const auto& line : page->lines)
      std::cout << line << '\n';
    if (auto written = flush_output(); !written)
      return written.error();
    after.seq = std::max(after.seq, page->last_seq);
    cursor = page->cursor;
  } while (!cursor.empty());
  return {};
}

/// The node is unavailable or busy: following resumes later.
bool is_passing(ec x) noexcept {
  return x == ec::timeout || x == ec::overloaded || x == ec::quota_exceeded
         || x == ec::store_unavailable || x == ec::shutting_down;
}

int follow(const tail_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto after = flags.since.empty() ? last_place(*client) : history_position_from(flags.since);
  if (!after)
    return report(after.error());
  for (bool reported = false;;) {
    auto done = print_new(*client, flags, *after);
    if (!can_print())
      return fault; // `run` reports it
    if (!done && (flags.once || !is_passing(done.error().code)))
      return report(done.error());
    if (!done && !reported)
      report(done.error());
    reported = !done;
    if (flags.once)
      return success;
    std::this_thread::sleep_for(flags.interval);
  }
}

} // namespace
} // namespace tail_command

void add_tail(command_line& root, action& chosen) {
  using namespace tail_command;
  auto* command
    = root.add_subcommand("tail", "Follow the log: print new events, one JSON per line");
  auto flags = std::make_shared<tail_flags>();
  add_admin_flags(*command, flags->connection);
  add_filter_flags(*command, flags->filter);
  command
    ->add_option("--since", flags->since,
                 "Begin after this position, also HISTORY.POSITION; without it with what is new")
    ->type_name("POSITION")
    ->check(
      [](const std::string& x) {
        const auto found = history_position_from(x);
        return found ? std::string{} : found.error().detail;
      },
      "");
  add_duration_flag(*command, "--interval", flags->interval, "Time between two looks");
  command->add_flag("--once", flags->once, "End when there is nothing more");
  add_json_flag(*command, flags->json, "As ever: each event is a line of JSON");
  command->callback([flags, &chosen] { chosen = [flags] { return follow(*flags); }; });
}

} // namespace carillon::commands
