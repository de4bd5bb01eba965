#include "base/json/appender.hpp"
#include "base/text/uri.hpp"
#include "base/time.hpp"
#include "messages/webhooks/delivery.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/webhooks/webhooks_command.hpp"
#include "node/commands/webhooks/webhooks_history.hpp"
#include "node/option_values.hpp"

#include <iostream>
#include <optional>
#include <utility>

// `webhooks deliveries`, `delivery`, `resend`, `recover`.

namespace carillon::commands {

namespace {

constexpr const char* deliveries_path = "/api/events/deliveries/";

struct deliveries_flags : webhook_flags {
  list_flags range;
  std::string state;
  std::string event;
};

struct delivery_flags : answer_flags {
  std::string id;
};

struct recover_flags : webhook_flags {
  std::string since;
  std::string until;
};

/// A date, a time, or an age.
std::optional<timestamp> moment_from(const std::string& text) {
  if (auto at = from_date_or_time(text))
    return at;
  if (auto ago = parse_duration(text); ago && *ago <= std::chrono::hours{24 * 365})
    return wall_clock_now() - *ago;
  return std::nullopt;
}

std::string check_moment(const std::string& text) {
  return moment_from(text) ? std::string{}
                           : "'" + text
                               + "' is neither YYYY-MM-DD, nor an RFC 3339 time, nor a duration "
                                 "ago like 2h";
}

std::string check_delivery(const std::string& text) {
  return delivery_key_from(text) ? std::string{}
                                 : "'" + text + "' is not a delivery's id, like 3-42";
}

/// Deliveries of one event are in one answer, in any state.
int print_of_event(const deliveries_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto found = json_of(
    client->get("/api/events/" + as_path_segment(flags.event), {{"expand", "deliveries"}}));
  if (!found)
    return report(found.error());
  auto list = found->FindMember("deliveries");
  if (list == found->MemberEnd() || !list->value.IsArray())
    return report({ec::internal, "the answer has no deliveries", {}});
  bool titled = flags.json;
  for (const auto& x : list->value.GetArray()) {
    if (!x.IsObject() || (!flags.state.empty() && text_member(x, "state") != flags.state))
      continue;
    if (!std::exchange(titled, true))
      std::cout << delivery_row();
    std::cout << (flags.json ? to_text(x) + "\n" : delivery_row(x));
  }
  return success;
}

int deliveries(const deliveries_flags& flags) {
  if ((flags.id == 0) == flags.event.empty())
    return report({ec::invalid_argument, "give either the number of a webhook or --event", {}});
  if (!flags.event.empty())
    return print_of_event(flags);
  return print_entries(flags, {.path = path_of(flags, "deliveries"),
                               .query = {{"state", flags.state}},
                               .name = "deliveries",
                               .title = delivery_row(),
                               .row = [](const auto& x) { return delivery_row(x); },
                               .range = flags.range});
}

int delivery(const delivery_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(deliveries_path + flags.id); }, history_text);
}

int resend(const delivery_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.post(deliveries_path + flags.id + "/retry", "{}"); },
    [&](const auto& x) {
      return "delivery " + flags.id + " is due " + shown_member(x, "dueAt") + '\n';
    });
}

int recover(const recover_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  std::string body;
  json_appender json{body};
  json.begin_object().member("since", *moment_from(flags.since));
  if (!flags.until.empty())
    json.member("until", *moment_from(flags.until));
  json.end_object();
  auto found = json_of(client->post(path_of(flags, "recover"), body));
  if (!found)
    return report(found.error());
  if (flags.json) {
    std::cout << to_text(*found) << '\n';
    return success;
  }
  auto n = number_member(*found, "resent");
  std::cout << n << (n == 1 ? " delivery is" : " deliveries are") << " sent again\n";
  auto more = found->FindMember("more");
  // An automatic retry would find a delivery that fails at once again and again.
  if (more != found->MemberEnd() && more->value.IsBool() && more->value.GetBool())
    std::cout << "there are more: run this again when these are through\n";
  return success;
}

command_line* add_delivery_command(command_line& webhooks, const std::string& name,
                                   const std::string& meaning, action& chosen,
                                   int (*what)(const delivery_flags&)) {
  auto flags = std::make_shared<delivery_flags>();
  auto* command = add_command(webhooks, name, meaning, flags, chosen, what);
  command->add_option("id", flags->id, "Id of the delivery, see `webhooks deliveries`")
    ->type_name("ID")
    ->required()
    ->check(check_delivery, "");
  add_json_flag(*command, flags->json);
  return command;
}

void add_list(command_line& webhooks, action& chosen) {
  auto flags = std::make_shared<deliveries_flags>();
  auto* command = add_command(webhooks, "deliveries",
                              "Print the deliveries of a webhook, the newest first, or those of "
                              "one event",
                              flags, chosen, deliveries);
  add_webhook_id(*command, flags->id);
  command->add_option("--event", flags->event, "Position or id of an event")->type_name("EVENT");
  command->add_option("--state", flags->state, "retrying, delivered or failed")
    ->one_of({"retrying", "delivered", "failed"});
  add_list_flags(*command, flags->range);
  add_json_flag(*command, flags->json, "Print each as JSON on one line");
}

void add_recover(command_line& webhooks, action& chosen) {
  auto flags = std::make_shared<recover_flags>();
  auto* command = add_webhook_command(webhooks, "recover",
                                      "Send again what failed for good, at most 1000 deliveries, "
                                      "the oldest first",
                                      flags, chosen, recover);
  command
    ->add_option("--since", flags->since,
                 "From this time on, YYYY-MM-DD, RFC 3339 or how long ago, like 2h")
    ->type_name("DATE")
    ->required()
    ->check(check_moment, "");
  command->add_option("--until", flags->until, "Before this time")
    ->type_name("DATE")
    ->check(check_moment, "");
  add_json_flag(*command, flags->json);
}

} // namespace

void add_webhooks_deliveries(command_line& webhooks, action& chosen) {
  add_list(webhooks, chosen);
  add_delivery_command(webhooks, "delivery",
                       "Tell the story of a delivery: each attempt, what came of it, and why the "
                       "next one comes when it does",
                       chosen, delivery);
  add_delivery_command(webhooks, "resend",
                       "Send a delivery again now, whatever came of it; its retries begin anew",
                       chosen, resend);
  add_recover(webhooks, chosen);
}

} // namespace carillon::commands
