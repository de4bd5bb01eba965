#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/webhooks/webhooks_input.hpp"

#include "messages/webhooks/signature.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <vector>

namespace carillon::commands {

namespace {

/// Upper bound on the size of a sent message.
constexpr size_t max_body_bytes = size_t{8} << 20;

struct verify_flags {
  std::vector<std::string> secrets;
  std::string secret_file;
  std::string id;
  std::string timestamp;
  std::string signature;
  std::string body = "-";
  std::chrono::milliseconds tolerance = std::chrono::minutes{5};
  bool any_age = false;
  bool json = false;
};

expected<std::vector<webhook_secret>> secrets_of(const verify_flags& flags) {
  auto texts = flags.secrets;
  if (!flags.secret_file.empty())
    if (auto read = append_lines(flags.secret_file, "secret-file", texts); !read)
      return read.error();
  std::vector<webhook_secret> out;
  for (const auto& text : texts) {
    auto secret = parse_webhook_key(text);
    if (!secret)
      return secret.error();
    out.push_back(std::move(*secret));
  }
  if (out.empty())
    return failure{ec::invalid_argument, "give a secret, by --secret or --secret-file", "secret"};
  return out;
}

int verify_message(const verify_flags& flags) {
  auto secrets = secrets_of(flags);
  if (!secrets)
    return report(secrets.error());
  auto body = read_file(flags.body, "body", max_body_bytes);
  if (!body)
    return report(body.error());
  const webhook_headers headers{flags.id, flags.timestamp, flags.signature};
  const auto tolerance = flags.any_age ? std::chrono::seconds::max()
                                       : std::chrono::floor<std::chrono::seconds>(flags.tolerance);
  auto verdict = verify(headers, *body, *secrets, wall_clock_now(), tolerance);
  if (verdict) {
    std::cout << (flags.json ? json_line{}.add("valid", true).text() : "valid") << '\n';
    return success;
  }
  const auto& why = verdict.error();
  // If another header is at fault, the body was not checked.
  const auto hint
    = why.field == "webhook-signature" ? mismatch_hint(headers, *body, *secrets) : std::string{};
  if (flags.json) {
    json_line out;
    out.add("valid", false).add("detail", std::string_view{why.detail});
    out.add("field", std::string_view{why.field});
    if (!hint.empty())
      out.add("hint", std::string_view{hint});
    std::cout << out.text() << '\n';
    return fault;
  }
  std::cout << "not valid: " << why.detail << " (" << why.field << ")\n";
  if (!hint.empty())
    std::cout << "hint: " << hint << '\n';
  return fault;
}

} // namespace

void add_webhooks_verify(command_line& webhooks, action& chosen) {
  auto* command = webhooks.add_subcommand(
    "verify", "Check the signature of a message that was received, and say why it is not valid");
  auto flags = std::make_shared<verify_flags>();
  command
    ->add_option("--secret", flags->secrets,
                 "whsec_…, or whpk_… for Ed25519; may be repeated. Others on this machine can see "
                 "it: --secret-file or the environment hides it")
    ->type_name("SECRET")
    ->allow_extra_args(false) // The next argument is the body.
    ->envname("CARILLON_WEBHOOK_SECRET");
  command->add_option("--secret-file", flags->secret_file, "A file with a secret per line")
    ->type_name("FILE");
  command->add_option("--id", flags->id, "Value of the header webhook-id")->required();
  command->add_option("--timestamp", flags->timestamp, "Value of the header webhook-timestamp")
    ->required();
  command->add_option("--signature", flags->signature, "Value of the header webhook-signature")
    ->required();
  add_duration_flag(*command, "--tolerance", flags->tolerance,
                    "How far the timestamp may be from the clock of this machine");
  command->add_flag("--any-age", flags->any_age, "Accept any timestamp");
  add_json_flag(*command, flags->json, "Print the verdict as JSON");
  command
    ->add_option("body", flags->body, "The body, byte for byte as received; - is standard input")
    ->capture_default_str();
  command->callback([flags, &chosen] { chosen = [flags] { return verify_message(*flags); }; });
}

} // namespace carillon::commands
