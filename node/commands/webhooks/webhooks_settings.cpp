#include "node/commands/webhooks/webhooks_command.hpp"
#include "node/commands/webhooks/webhooks_input.hpp"
#include "node/commands/webhooks/webhooks_settings_flags.hpp"
#include "node/commands/webhooks/webhooks_text.hpp"

#include <iostream>
#include <utility>
#include <vector>

// `webhooks list`, `show`, `create`, `change`.

namespace carillon::commands {

namespace {

struct list_webhooks_flags : answer_flags {
  list_flags range;
  std::string company;
};

struct create_flags : answer_flags {
  webhook_settings_flags settings;
  secret_flags secret;
  bool ed25519 = false;
};

struct change_flags : webhook_flags {
  webhook_settings_flags settings;
  secret_flags secret;
  bool new_secret = false;
};

/// Warnings about accepted settings that may be unintended.
void print_warnings(const rapidjson::Value& answer) {
  auto i = answer.FindMember("warnings");
  if (i == answer.MemberEnd() || !i->value.IsArray())
    return;
  for (const auto& x : i->value.GetArray())
    if (x.IsString())
      std::cerr << "warning: " << printable({x.GetString(), x.GetStringLength()}) << '\n';
}

int list(const list_webhooks_flags& flags) {
  return print_entries(flags, {.path = webhooks_path,
                               .query = {{"companyId", flags.company}, {"order", "asc"}},
                               .name = "webhooks",
                               .title = webhook_row(),
                               .row = [](const auto& x) { return webhook_row(x); },
                               .range = flags.range});
}

int show(const webhook_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(path_of(flags)); }, webhook_text);
}

int create(const create_flags& flags) {
  auto secret = secret_of(flags.secret);
  if (!secret)
    return report(secret.error());
  std::vector<std::pair<std::string, std::string>> more;
  if (!secret->empty())
    more.emplace_back("secret", *secret);
  if (flags.ed25519)
    more.emplace_back("kind", "ed25519");
  auto body = to_settings_json(flags.settings, more);
  if (!body)
    return report(body.error());
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto made = json_of(client->post(webhooks_path, *body));
  if (!made)
    return report(made.error());
  if (flags.json) {
    std::cout << to_text(*made) << '\n';
    return success;
  }
  std::cout << "webhook " << number_member(*made, "id") << '\n';
  print_secret(*made, secret->empty());
  print_warnings(*made);
  return success;
}

int change(const change_flags& flags) {
  auto secret = secret_of(flags.secret);
  if (!secret)
    return report(secret.error());
  std::vector<std::pair<std::string, std::string>> more;
  if (flags.new_secret || !secret->empty())
    more.emplace_back("secret", flags.new_secret ? "new" : *secret);
  auto body = to_settings_json(flags.settings, more);
  if (!body)
    return report(body.error());
  if (*body == "{}")
    return report({ec::invalid_argument, "say what to change, e.g. --url or --types", {}});
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto now = json_of(client->patch(path_of(flags), *body));
  if (!now)
    return report(now.error());
  if (flags.json) {
    std::cout << to_text(*now) << '\n';
    return success;
  }
  std::cout << webhook_text(*now);
  print_secret(*now, flags.new_secret);
  print_warnings(*now);
  return success;
}

command_option* add_url_flag(command_line& command, webhook_settings_flags& settings) {
  return command
    .add_option_function<std::string>(
      "--url", [&settings](const std::string& x) { settings.url = x; }, "Where it is sent to")
    ->type_name("URL");
}

void add_create(command_line& webhooks, action& chosen) {
  auto flags = std::make_shared<create_flags>();
  auto* command = add_command(webhooks, "create",
                              "Register a webhook for what is published from now on, and print "
                              "its secret, once",
                              flags, chosen, create);
  auto& settings = flags->settings;
  add_url_flag(*command, settings)->required();
  command
    ->add_option_function<std::string>(
      "--company", [&settings](const std::string& x) { settings.company = x; },
      "Only events of this company; without, those of every company and of none")
    ->type_name("ID");
  add_settings_flags(*command, settings);
  add_secret_flags(*command, flags->secret);
  command
    ->add_flag("--ed25519", flags->ed25519,
               "Sign with Ed25519: receivers then need the public key only")
    ->excludes("--secret") // its prefix tells its kind
    ->excludes("--secret-file");
  add_json_flag(*command, flags->json);
}

void add_change(command_line& webhooks, action& chosen) {
  auto flags = std::make_shared<change_flags>();
  auto* command = add_webhook_command(webhooks, "change",
                                      "Change a webhook; what is not named stays. --header "
                                      "replaces all headers. A URL of another host needs headers "
                                      "and secret anew",
                                      flags, chosen, change);
  auto& settings = flags->settings;
  add_url_flag(*command, settings);
  add_settings_flags(*command, settings);
  command->add_flag("--no-headers", settings.no_headers, "Send no headers of your own")
    ->excludes("--header");
  // With a URL of another host.
  add_secret_flags(*command, flags->secret);
  command
    ->add_flag("--new-secret", flags->new_secret,
               "With a URL of another host: make a new secret for it and print it, once")
    ->excludes("--secret")
    ->excludes("--secret-file");
  add_json_flag(*command, flags->json);
}

} // namespace

void print_secret(const rapidjson::Value& answer, bool is_new) {
  if (auto secret = text_member(answer, "secret"); is_new && !secret.empty())
    std::cout << "secret " << printable(secret) << '\n';
  if (auto key = text_member(answer, "publicKey"); !key.empty())
    std::cout << "public-key " << printable(key) << '\n';
  const auto written = flush_output();
  if (is_new)
    std::cerr << (written ? "The secret is not shown again.\n"
                          : "carillon: the secret was made, but not shown, and is not shown again: "
                            "make another by `webhooks rotate-secret`\n");
}

void add_webhooks_settings(command_line& webhooks, action& chosen) {
  auto listing = std::make_shared<list_webhooks_flags>();
  auto* all = add_command(webhooks, "list", "Print all webhooks", listing, chosen, list);
  all->add_option("--company", listing->company, "Those of this company")->type_name("ID");
  add_list_flags(*all, listing->range);
  add_json_flag(*all, listing->json, "Print each as JSON on one line");
  auto showing = std::make_shared<webhook_flags>();
  auto* one = add_webhook_command(webhooks, "show", "Print the settings and the state of a webhook",
                                  showing, chosen, show);
  add_json_flag(*one, showing->json);
  add_create(webhooks, chosen);
  add_change(webhooks, chosen);
}

} // namespace carillon::commands
