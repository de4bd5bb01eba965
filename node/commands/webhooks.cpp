#include "node/commands/webhooks_command.hpp"

#include "node/option_values.hpp"

#include <algorithm>

namespace carillon::commands {

namespace {

/// CLI11 takes -1 for the greatest number.
std::string check_id(const std::string& text) {
  auto id = parse_count(text, 1, UINT64_MAX);
  return id ? std::string{} : "'" + text + "' is not the number of a webhook";
}

} // namespace

CLI::Option* add_webhook_id(CLI::App& command, uint64_t& out) {
  return command.add_option("id", out, "Number of the webhook, see `webhooks list`")
    ->check(check_id, "");
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

void add_webhooks(CLI::App& root, action& chosen) {
  auto* webhooks = root.add_subcommand(
    "webhooks", "Manage webhooks, explain their deliveries, check signatures");
  webhooks->require_subcommand(1);
  add_webhooks_settings(*webhooks, chosen);
  add_webhooks_control(*webhooks, chosen);
  add_webhooks_deliveries(*webhooks, chosen);
  add_webhooks_verify(*webhooks, chosen);
}

} // namespace carillon::commands
