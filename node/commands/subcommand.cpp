#include "node/commands/subcommand.hpp"

#include "node/option_values.hpp"

#include <algorithm>

namespace carillon::commands {

std::function<std::string(const std::string&)> check_number_of(const std::string& thing) {
  return [thing](const std::string& text) {
    auto id = parse_count(text, 1, UINT64_MAX);
    return id ? std::string{} : "'" + text + "' is not the number of " + thing;
  };
}

void add_list_flags(CLI::App& command, list_flags& out) {
  command.add_option("--limit", out.limit, "Most entries to print")
    ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 62U))
    ->capture_default_str();
  command.add_flag("--all", out.all, "Print all of them");
}

expected<void> for_each_entry(api_client& client, const std::string& path,
                              const query_parameters& query, const char* name,
                              const list_flags& flags,
                              const std::function<void(const rapidjson::Value&)>& print) {
  auto left = flags.all ? UINT64_MAX : flags.limit;
  std::string cursor;
  do {
    auto paged = query;
    paged.emplace("limit", std::to_string(std::min(left, list_page_entries)));
    paged.emplace("cursor", cursor);
    auto page = json_of(client.get(path, paged));
    if (!page)
      return page.error();
    auto entries = page->FindMember(name);
    if (entries == page->MemberEnd() || !entries->value.IsArray())
      return failure{ec::internal, std::string{"the answer has no "} + name, {}};
    for (const auto& x : entries->value.GetArray())
      if (x.IsObject())
        print(x);
    left -= std::min<uint64_t>(left, entries->value.Size());
    cursor = text_member(*page, "nextCursor");
  } while (!cursor.empty() && left > 0);
  return {};
}

} // namespace carillon::commands
