#include "base/json/appender.hpp"
#include "base/text/printable.hpp"
#include "base/text/uri.hpp"
#include "messages/inbound/source.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"
#include "node/commands/webhooks/webhooks_input.hpp"

#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

// `inbound list`, `show`, `put`, `rotate-secret`, `delete`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace inbound_command {
namespace {

struct sources_flags : answer_flags {
  std::string company;
};

struct source_flags : answer_flags {
  std::string name;
};

/// A secret as the provider shows it.
struct provider_secret {
  std::string text;
  std::string file;
};

struct put_flags : source_flags {
  std::string preset;
  std::string company;
  std::string type;
  std::string id;
  provider_secret secret;
  std::string username;
  std::string header;
  std::string signature_header;
  std::string prefix;
  std::string algorithm;
  std::string encoding;
  std::string timestamp_header;
  std::string content;
  std::string verify_token;
  uint64_t tolerance = 0;
  uint64_t answer_status = 0;
};

struct rotate_source_flags : source_flags {
  provider_secret secret;
  uint64_t grace = 86'400;
};

std::string source_path(const source_flags& flags, const char* rest = "") {
  return "/api/inbound/" + as_path_segment(flags.name) + rest;
}

// -- text -----------------------------------------------------------------------

std::string source_row(const std::string& name, const std::string& company,
                       const std::string& preset, const std::string& type, const std::string& id) {
  return table_row({{name, 24}, {company, 16}, {preset, 10}, {type, 40}, {id}});
}

std::string row_of_source(const rapidjson::Value& x) {
  return source_row(shown_member(x, "name"), shown_member(x, "companyId"),
                    shown_member(x, "preset"), shown_member(x, "type"), shown_member(x, "id"));
}

std::string source_text(const rapidjson::Value& x) {
  return named_line("name", shown_member(x, "name"))
         + named_line("company", shown_member(x, "companyId"))
         + named_line("path", shown_member(x, "path"))
         + named_line("preset", shown_member(x, "preset"))
         + named_line("type", shown_member(x, "type")) + named_line("id", shown_member(x, "id"))
         + named_line("secret of", shown_member(x, "secretSetAt"))
         + named_line("old until", shown_member(x, "oldSecretExpiresAt"));
}

/// Prints a source, and the secret that the node has made for it, which it shows once.
std::string source_text_with_secret(const rapidjson::Value& x) {
  auto out = source_text(x);
  if (const auto secret = text_member(x, "secret"); !secret.empty()) {
    out += named_line("secret", printable(secret));
    std::cerr << "The secret is not shown again.\n";
  }
  return out;
}

// -- calls ----------------------------------------------------------------------

expected<std::string> text_of_secret(const provider_secret& x) {
  const auto file = x.text == "-" ? std::string{"-"} : x.file;
  if (file.empty())
    return x.text;
  std::vector<std::string> lines;
  if (auto read = append_lines(file, "secret-file", lines); !read)
    return read.error();
  if (lines.size() != 1)
    return failure{ec::invalid_argument, "there is not exactly one secret", "secret-file"};
  return std::move(lines.front());
}

int list_sources(const sources_flags& flags) {
  return print_entries(flags, {.path = "/api/inbound",
                               .query = {{"companyId", flags.company}},
                               .name = "sources",
                               .title = source_row("name", "company", "preset", "type", "id"),
                               .row = row_of_source,
                               .range = {}});
}

int show_source(const source_flags& flags) {
  return print_answer(
    flags, [&](auto& client) { return client.get(source_path(flags)); }, source_text);
}

void put_signature(json_appender& json, const put_flags& flags) {
  if (flags.signature_header.empty())
    return;
  json.begin_object("signature")
    .member("header", flags.signature_header)
    .member_unless_empty("prefix", flags.prefix)
    .member_unless_empty("algorithm", flags.algorithm)
    .member_unless_empty("encoding", flags.encoding)
    .member_unless_empty("timestampHeader", flags.timestamp_header)
    .member_unless_empty("content", flags.content)
    .end_object();
}

int put_source(const put_flags& flags) {
  const auto secret = text_of_secret(flags.secret);
  if (!secret)
    return report(secret.error());
  std::string body;
  json_appender json{body};
  json.begin_object()
    .member("preset", flags.preset)
    .member_unless_empty("companyId", flags.company)
    .member_unless_empty("type", flags.type)
    .member_unless_empty("id", flags.id)
    .member_unless_empty("secret", *secret)
    .member_unless_empty("username", flags.username)
    .member_unless_empty("header", flags.header)
    .member_unless_empty("verifyToken", flags.verify_token);
  put_signature(json, flags);
  if (flags.tolerance > 0)
    json.member("toleranceSeconds", flags.tolerance);
  if (flags.answer_status > 0)
    json.member("answerStatus", flags.answer_status);
  json.end_object();
  return print_answer(
    flags, [&](auto& client) { return client.put(source_path(flags), body); },
    source_text_with_secret);
}

int rotate_source(const rotate_source_flags& flags) {
  const auto secret = text_of_secret(flags.secret);
  if (!secret)
    return report(secret.error());
  std::string body;
  json_appender{body}
    .begin_object()
    .member("graceSeconds", flags.grace)
    .member_unless_empty("secret", *secret)
    .end_object();
  return print_answer(
    flags, [&](auto& client) { return client.post(source_path(flags, "/rotate-secret"), body); },
    source_text_with_secret);
}

int delete_source(const source_flags& flags) {
  return print_removal(flags, source_path(flags), "source " + printable(flags.name) + " deleted\n");
}

// -- flags ----------------------------------------------------------------------

std::string check_source_name(const std::string& text) {
  return is_inbound_name(text)
           ? std::string{}
           : "'" + text + "' is no name: 1 to 64 of [a-z0-9._-], beginning with a letter or digit";
}

std::string check_template(const std::string& text) {
  const auto parsed = inbound_template::parse(text);
  return parsed ? std::string{} : parsed.error().detail;
}

template <class Flags>
command_line* add_source_command(command_line& inbound, const std::string& name,
                                 const std::string& meaning, const std::shared_ptr<Flags>& flags,
                                 action& chosen, int (*what)(const Flags&)) {
  auto* command = add_command(inbound, name, meaning, flags, chosen, what);
  command->add_option("name", flags->name, "Name of the source: the end of its path /in/NAME")
    ->type_name("NAME")
    ->required()
    ->check(check_source_name, "");
  add_json_flag(*command, flags->json);
  return command;
}

void add_provider_secret(command_line& command, provider_secret& out) {
  auto* text = command
                 .add_option("--secret", out.text,
                             "The provider's; - reads it from standard input, since others on "
                             "this machine can see a command line. Without, one is made where "
                             "the provider takes ours")
                 ->type_name("SECRET");
  command.add_option("--secret-file", out.file, "A file that holds it; - is standard input")
    ->type_name("FILE")
    ->excludes(text);
}

void add_signature_flags(command_line& command, put_flags& flags) {
  command
    .add_option("--signature-header", flags.signature_header,
                "Of hmac: the header with the signature")
    ->type_name("NAME");
  command.add_option("--prefix", flags.prefix, "What stands before the signature, as sha256=")
    ->type_name("TEXT");
  command.add_option("--algorithm", flags.algorithm, "sha256 (default), sha1 or sha512")
    ->one_of({"sha256", "sha1", "sha512"});
  command.add_option("--encoding", flags.encoding, "hex (default) or base64")
    ->one_of({"hex", "base64"});
  command
    .add_option("--timestamp-header", flags.timestamp_header,
                "The header with the seconds since 1970 that are signed")
    ->type_name("NAME");
  command
    .add_option("--content", flags.content,
                "What is signed, as {timestamp}.{body}; without, the body")
    ->type_name("TEXT");
  command
    .add_option("--verify-token", flags.verify_token,
                "Answer a GET with hub.challenge that has this token, as Meta sends it")
    ->type_name("TOKEN");
}

void add_put(command_line& inbound, action& chosen) {
  auto flags = std::make_shared<put_flags>();
  auto* command = add_source_command(inbound, "put",
                                     "Set a source up, or change it as a whole; the secret stays "
                                     "unless another is given",
                                     flags, chosen, put_source);
  command->add_option("--preset", flags->preset, "How the provider proves its requests")
    ->required()
    ->one_of({"standard", "stripe", "github", "shopify", "slack", "hmac", "basic", "bearer"});
  command->add_option("--company", flags->company, "The company whose events these are")
    ->type_name("ID");
  command
    ->add_option("--type", flags->type,
                 "Type of the events, as github.{header:x-github-event} or shop.{/topic}")
    ->type_name("TEMPLATE")
    ->check(check_template, "");
  command->add_option("--id", flags->id, "The provider's id, as {header:x-request-id} or {/id}")
    ->type_name("TEMPLATE")
    ->check(check_template, "");
  add_provider_secret(*command, flags->secret);
  command->add_option("--username", flags->username, "Of basic: the user")->type_name("NAME");
  command
    ->add_option("--header", flags->header,
                 "Of bearer: a header with the secret alone, as x-gitlab-token")
    ->type_name("NAME");
  add_signature_flags(*command, *flags);
  command
    ->add_option("--tolerance", flags->tolerance, "Seconds that a signed time may be off (300)")
    ->type_name("SECONDS")
    ->between(uint64_t{1}, uint64_t{86'400});
  command
    ->add_option("--answer-status", flags->answer_status,
                 "Status of the answer to what is stored: 202, 200 or 204")
    ->between(uint64_t{200}, uint64_t{204});
}

} // namespace
} // namespace inbound_command

void add_inbound(command_line& root, action& chosen) {
  using namespace inbound_command;
  auto* inbound
    = root.add_subcommand("inbound", "Set up who may send webhooks to this node: /in/NAME");
  inbound->require_subcommand(1);
  auto listed = std::make_shared<sources_flags>();
  auto* command = add_command(*inbound, "list", "Print all sources", listed, chosen, list_sources);
  command->add_option("--company", listed->company, "Those of this company")->type_name("ID");
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  add_source_command(*inbound, "show", "Print a source", std::make_shared<source_flags>(), chosen,
                     show_source);
  add_put(*inbound, chosen);
  auto rotated = std::make_shared<rotate_source_flags>();
  command = add_source_command(*inbound, "rotate-secret",
                               "Give a source another secret; the one before is valid for a while",
                               rotated, chosen, rotate_source);
  add_provider_secret(*command, rotated->secret);
  command
    ->add_option("--grace", rotated->grace,
                 "Seconds that the secret before it is valid yet (86400)")
    ->type_name("SECONDS")
    ->between(uint64_t{0}, uint64_t{2'592'000});
  add_source_command(*inbound, "delete", "Delete a source; its requests are refused from then on",
                     std::make_shared<source_flags>(), chosen, delete_source);
}

} // namespace carillon::commands
