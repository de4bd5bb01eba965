#include "node/commands/support/subcommand.hpp"

#include "messages/events/event.hpp"
#include "node/option_values.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace carillon::commands {

std::function<std::string(const std::string&)> check_number_of(const std::string& thing) {
  return [thing](const std::string& text) {
    auto id = parse_count(text, 1, UINT64_MAX);
    return id ? std::string{} : "'" + text + "' is not the number of " + thing;
  };
}

std::string check_identifier(const std::string& text) {
  return is_identifier(text) ? std::string{} : "an id is 1 to 128 bytes without control characters";
}

void add_list_flags(command_line& command, list_flags& out) {
  command.add_option("--limit", out.limit, "Most entries to print")
    ->between(uint64_t{1}, uint64_t{1} << 62U)
    ->capture_default_str();
  command.add_flag("--all", out.all, "Print all of them");
}

int print_answer(const answer_flags& flags, const api_call& call, const answer_text& text) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto answer = json_of(call(*client));
  if (!answer)
    return report(answer.error());
  std::cout << (flags.json ? to_text(*answer) + '\n' : text(*answer));
  for (const char* secret : {"key", "secret"})
    if (answer->HasMember("id") && !text_member(*answer, secret).empty())
      return show_once("the " + std::string{secret} + " of number "
                       + std::to_string(number_member(*answer, "id"))
                       + " was made, but not shown, and is not shown again: delete it, or make "
                         "another");
  return success;
}

int print_removal(const answer_flags& flags, const std::string& path, const std::string& outcome) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto answer = client->remove(path);
  if (!answer)
    return report(answer.error());
  if (!answer->is_success())
    return report(problem_of(*answer));
  std::cout << (flags.json ? json_line{}.add("deleted", true).text() + '\n' : outcome);
  return success;
}

int print_entries(const answer_flags& flags, const entry_list& list) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto left = list.range && !list.range->all ? list.range->limit : UINT64_MAX;
  bool titled = flags.json;
  std::string cursor;
  do {
    auto query = list.query;
    if (list.range)
      query.emplace("limit", std::to_string(std::min(left, list_page_entries)));
    query.emplace("cursor", cursor);
    auto page = json_of(client->get(list.path, query));
    if (!page)
      return report(page.error());
    auto entries = page->FindMember(list.name);
    if (entries == page->MemberEnd() || !entries->value.IsArray())
      return report({ec::internal, std::string{"the answer has no "} + list.name, {}});
    for (const auto& x : entries->value.GetArray()) {
      if (!x.IsObject())
        continue;
      if (!std::exchange(titled, true))
        std::cout << list.title;
      std::cout << (flags.json ? to_text(x) + '\n' : list.row(x));
    }
    left -= std::min<uint64_t>(left, entries->value.Size());
    cursor = text_member(*page, "nextCursor");
  } while (!cursor.empty() && left > 0 && can_print());
  return success;
}

} // namespace carillon::commands
