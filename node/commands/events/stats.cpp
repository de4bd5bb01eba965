#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"

#include <iomanip>
#include <iostream>
#include <memory>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace stats_command {
namespace {

struct stats_flags {
  connection_options connection;
  std::string company;
  std::string from;
  std::string to;
  std::string bucket;
  bool json = false;
};

void print_counts(const rapidjson::Value& counts, const std::string& before) {
  for (const auto& x : counts.GetObject())
    if (x.value.IsUint64())
      std::cout << before << std::left << std::setw(36) << x.name.GetString() << ' ' << std::right
                << std::setw(12) << x.value.GetUint64() << '\n';
}

int stats(const stats_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto result = json_of(client->get("/api/events/stats", {{"companyId", flags.company},
                                                          {"startDate", flags.from},
                                                          {"endDate", flags.to},
                                                          {"bucket", flags.bucket}}));
  if (!result)
    return report(result.error());
  if (flags.json) {
    std::cout << to_text(*result) << '\n';
    return success;
  }
  auto buckets = result->FindMember("buckets");
  if (flags.bucket.empty() || buckets == result->MemberEnd() || !buckets->value.IsArray()) {
    print_counts(*result, "");
    return success;
  }
  for (const auto& x : buckets->value.GetArray())
    if (x.IsObject() && x.HasMember("counts") && x["counts"].IsObject())
      print_counts(x["counts"], text_member(x, "begin").substr(0, 16) + "Z ");
  return success;
}

} // namespace
} // namespace stats_command

void add_stats(command_line& root, action& chosen) {
  using namespace stats_command;
  auto* command = root.add_subcommand("stats", "Count events per type");
  auto flags = std::make_shared<stats_flags>();
  add_admin_flags(*command, flags->connection);
  command->add_option("--company", flags->company, "Events of this company")->type_name("ID");
  command->add_option("--from", flags->from, "From this hour on, YYYY-MM-DD or RFC 3339")
    ->type_name("DATE");
  command->add_option("--to", flags->to, "Up to this hour")->type_name("DATE");
  command->add_option("--bucket", flags->bucket, "One count per type and hour or day")
    ->one_of({"hour", "day"});
  add_json_flag(*command, flags->json);
  command->callback([flags, &chosen] { chosen = [flags] { return stats(*flags); }; });
}

} // namespace carillon::commands
