#include "node/commands/commands.hpp"
#include "node/commands/support/event_filter_flags.hpp"
#include "node/commands/support/event_pages.hpp"
#include "node/commands/support/output.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace query_command {
namespace {

/// Most events in one answer.
constexpr uint64_t page_events = 1'000;

struct query_flags {
  connection_options connection;
  event_filter_flags filter;
  uint64_t event = 0;
  std::string id;
  std::string order = "desc";
  uint64_t limit = 100;
  bool all = false;
  bool json = true;
};

int print_one(api_client& client, uint64_t event) {
  auto found = json_of(client.get("/api/events/" + std::to_string(event)));
  if (!found)
    return report(found.error());
  std::cout << to_text(*found) << '\n';
  return success;
}

int query(const query_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  if (flags.event != 0)
    return print_one(*client, flags.event);
  auto left = flags.all ? UINT64_MAX : flags.limit;
  std::string cursor;
  do {
    auto query = to_query(flags.filter);
    query.emplace("order", flags.order);
    if (!flags.id.empty())
      query.emplace("id", flags.id);
    query.emplace("limit", std::to_string(std::min(left, page_events)));
    query.emplace("cursor", cursor);
    auto page = fetch_events(*client, query);
    if (!page)
      return report(page.error());
    for (const auto& line : page->lines)
      std::cout << line << '\n';
    left -= std::min<uint64_t>(left, page->lines.size());
    cursor = page->cursor;
  } while (!cursor.empty() && left > 0 && can_print());
  return success;
}

} // namespace
} // namespace query_command

void add_query(command_line& root, action& chosen) {
  using namespace query_command;
  auto* command = root.add_subcommand("query", "Print events of the history, one JSON per line");
  auto flags = std::make_shared<query_flags>();
  add_admin_flags(*command, flags->connection);
  add_filter_flags(*command, flags->filter);
  command->add_option("position", flags->event, "Position of a single event")->positive();
  command->add_option("--id", flags->id, "Only events with this id: one per company and source");
  command->add_option("--order", flags->order, "asc: oldest first; desc: newest first")
    ->one_of({"asc", "desc"})
    ->capture_default_str();
  command->add_option("--limit", flags->limit, "Most events to print")
    ->between(uint64_t{1}, uint64_t{1} << 62U)
    ->capture_default_str();
  command->add_flag("--all", flags->all, "Print all of them");
  add_json_flag(*command, flags->json, "As ever: each event is a line of JSON");
  command->callback([flags, &chosen] { chosen = [flags] { return query(*flags); }; });
}

} // namespace carillon::commands
