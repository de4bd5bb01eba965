#include "base/json/appender.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/webhooks/webhooks_command.hpp"
#include "node/commands/webhooks/webhooks_history.hpp"
#include "node/commands/webhooks/webhooks_input.hpp"

#include <iostream>

// `webhooks delete`, `rotate-secret`, `test`, `enable`, `disable`.

namespace carillon::commands {

namespace {

struct rotate_flags : webhook_flags {
  secret_flags secret;
  std::chrono::milliseconds grace = std::chrono::hours{24};
};

int remove(const webhook_flags& flags) {
  return print_removal(flags, path_of(flags), "webhook " + std::to_string(flags.id) + " deleted\n");
}

int rotate(const rotate_flags& flags) {
  auto secret = secret_of(flags.secret);
  if (!secret)
    return report(secret.error());
  auto grace = std::chrono::ceil<std::chrono::seconds>(flags.grace);
  std::string body;
  json_appender{body}
    .begin_object()
    .member("graceSeconds", int64_t{grace.count()})
    .member_unless_empty("secret", *secret)
    .end_object();
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto made = json_of(client->post(path_of(flags, "rotate-secret"), body));
  if (!made)
    return report(made.error());
  if (flags.json) {
    std::cout << to_text(*made) << '\n';
    return success;
  }
  print_secret(*made, secret->empty());
  std::cerr << "The secret before it signs as well until " << shown_member(*made, "oldExpiresAt")
            << ".\n";
  return success;
}

int test(const webhook_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto attempt = json_of(client->post(path_of(flags, "test"), "{}"));
  if (!attempt)
    return report(attempt.error());
  std::cout << (flags.json ? to_text(*attempt) + "\n" : attempt_text(*attempt));
  return text_member(*attempt, "outcome") == "delivered" ? success : fault;
}

int switch_to(const webhook_flags& flags, const std::string& what) {
  return print_answer(
    flags, [&](auto& client) { return client.post(path_of(flags, what), "{}"); },
    [&](const auto&) { return "webhook " + std::to_string(flags.id) + ' ' + what + "d\n"; });
}

int enable(const webhook_flags& flags) {
  return switch_to(flags, "enable");
}

int disable(const webhook_flags& flags) {
  return switch_to(flags, "disable");
}

void add(command_line& webhooks, const std::string& name, const std::string& meaning,
         action& chosen, int (*what)(const webhook_flags&)) {
  auto flags = std::make_shared<webhook_flags>();
  auto* command = add_webhook_command(webhooks, name, meaning, flags, chosen, what);
  add_json_flag(*command, flags->json);
}

} // namespace

void add_webhooks_control(command_line& webhooks, action& chosen) {
  add(webhooks, "delete", "Delete a webhook; what it has not delivered yet is not sent", chosen,
      remove);
  auto flags = std::make_shared<rotate_flags>();
  auto* command = add_webhook_command(webhooks, "rotate-secret",
                                      "Give a webhook another secret and print it, once", flags,
                                      chosen, rotate);
  add_secret_flags(*command, flags->secret);
  add_duration_flag(*command, "--grace", flags->grace,
                    "How long the secret before it signs as well, at most 168h");
  add_json_flag(*command, flags->json);
  add(webhooks, "test", "Send a test event at once and print what came of it; code 1 if it failed",
      chosen, test);
  add(webhooks, "enable", "Go on where a disabled webhook stopped", chosen, enable);
  add(webhooks, "disable", "Send nothing until it is enabled; nothing is lost", chosen, disable);
}

} // namespace carillon::commands
