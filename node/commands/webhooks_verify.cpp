#include "node/commands/api_client.hpp"
#include "node/commands/commands.hpp"

#include "messages/webhook_signature.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <memory>
#include <vector>

namespace carillon::commands {

namespace {

/// No message that is sent is longer.
constexpr size_t max_body_bytes = size_t{8} << 20;
constexpr size_t max_secret_file_bytes = size_t{64} << 10;

struct verify_flags {
  std::vector<std::string> secrets;
  std::string secret_file;
  std::string id;
  std::string timestamp;
  std::string signature;
  std::string body = "-";
  std::chrono::milliseconds tolerance = std::chrono::minutes{5};
  bool any_age = false;
};

/// All of a file, byte for byte; `-` is standard input.
expected<std::string> read_file(const std::string& path, const char* field, size_t max_bytes) {
  const auto unreadable = failure{ec::invalid_argument, "cannot read " + path, field};
  const int fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return unreadable;
  std::string out;
  std::array<char, 65536> chunk{};
  ssize_t n = 1;
  while (n > 0 && out.size() <= max_bytes) {
    n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR)
      n = 1;
    else if (n > 0)
      out.append(chunk.data(), static_cast<size_t>(n));
  }
  ::close(fd);
  if (n < 0)
    return unreadable;
  if (out.size() > max_bytes)
    return failure{ec::invalid_argument,
                   path + " has more than " + std::to_string(max_bytes) + " bytes", field};
  return out;
}

/// One secret per line; empty lines do not count.
expected<void> append_lines(const std::string& file, std::vector<std::string>& out) {
  auto text = read_file(file, "secret-file", max_secret_file_bytes);
  if (!text)
    return text.error();
  for (size_t at = 0; at < text->size();) {
    const auto end = std::min(text->find('\n', at), text->size());
    auto line = text->substr(at, end - at);
    if (line.ends_with('\r'))
      line.pop_back();
    if (!line.empty())
      out.push_back(std::move(line));
    at = end + 1;
  }
  return {};
}

expected<std::vector<webhook_secret>> secrets_of(const verify_flags& flags) {
  auto texts = flags.secrets;
  if (!flags.secret_file.empty())
    if (auto read = append_lines(flags.secret_file, texts); !read)
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
    std::cout << "valid\n";
    return success;
  }
  std::cout << "not valid: " << verdict.error().detail << " (" << verdict.error().field << ")\n";
  // With any other header at fault the body has not been looked at.
  if (verdict.error().field == "webhook-signature")
    if (auto hint = mismatch_hint(headers, *body, *secrets); !hint.empty())
      std::cout << "hint: " << hint << '\n';
  return fault;
}

} // namespace

void add_webhooks_verify(CLI::App& webhooks, action& chosen) {
  auto* command = webhooks.add_subcommand(
    "verify", "Check the signature of a message that was received, and say why it is not valid");
  auto flags = std::make_shared<verify_flags>();
  command
    ->add_option("--secret", flags->secrets,
                 "whsec_…, or whpk_… for Ed25519; may be repeated. Others on this machine can see "
                 "it: --secret-file or the environment hides it")
    ->type_name("SECRET")
    ->allow_extra_args(false) // What follows one is the body, not another.
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
  command
    ->add_option("body", flags->body, "The body, byte for byte as received; - is standard input")
    ->capture_default_str();
  command->callback([flags, &chosen] { chosen = [flags] { return verify_message(*flags); }; });
}

} // namespace carillon::commands
