#include "base/time.hpp"
#include "net/auth/key_ring.hpp"
#include "node/commands/evidence/offline_seal.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/store_flags.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

#include <memory>

// `keys list`, `create`, `delete`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace keys_command {
namespace {

struct create_flags : answer_flags {
  std::string name;
  std::string role = "publisher";
  std::string company;
  std::string consumers;
  std::string certificate;
  /// RFC 3339; empty = it has no end.
  std::string expires;
  bool break_glass = false;
  /// The store in which the key is made without a node; neither = a running node makes it.
  std::string data_dir;
  std::string store;
};

struct key_flags : answer_flags {
  uint64_t id = 0;
};

std::string key_row(const std::string& id, const std::string& role, const std::string& company,
                    const std::string& expires, const std::string& used, const std::string& name) {
  return table_row({{id, 6}, {role, 10}, {company, 20}, {expires, 28}, {used, 28}, {name}});
}

std::string row_of(const rapidjson::Value& x) {
  return key_row(std::to_string(number_member(x, "id")), shown_member(x, "role"),
                 shown_member(x, "companyId"), shown_member(x, "expiresAt"),
                 shown_member(x, "lastUsedAt"), shown_member(x, "name"));
}

int list(const answer_flags& flags) {
  return print_entries(flags,
                       {.path = "/api/keys",
                        .query = {},
                        .name = "keys",
                        .title = key_row("id", "role", "company", "expires", "last used", "name"),
                        .row = row_of,
                        .range = {}});
}

std::string body_of(const create_flags& flags) {
  json_line out;
  out.add("name", std::string_view{flags.name}).add("role", std::string_view{flags.role});
  if (!flags.company.empty())
    out.add("companyId", std::string_view{flags.company});
  if (!flags.consumers.empty())
    out.add("consumers", std::string_view{flags.consumers});
  if (!flags.certificate.empty())
    out.add("certificate", std::string_view{flags.certificate});
  if (!flags.expires.empty())
    out.add("expiresAt", std::string_view{flags.expires});
  if (flags.break_glass)
    out.add("breakGlass", true);
  return out.text();
}

/// Prints a new key; if that fails, says that the key is lost.
int print_key(const output_flags& flags, uint64_t id, const std::string& key,
              const std::string& json) {
  const auto number = std::to_string(id);
  print_outcome(
    flags, {.json = json, .value = key, .text = "key " + number + ' ' + key + " (shown once)\n"});
  return show_once("key " + number
                   + " was made, but not shown, and is not shown again; delete it: carillon keys "
                     "delete "
                   + number);
}

int create_by_port(const create_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto made = json_of(client->post("/api/keys", body_of(flags)));
  if (!made)
    return report(made.error());
  return print_key(flags, number_member(*made, "id"), text_member(*made, "key"), to_text(*made));
}

/// Makes a key in the store itself, while no node runs on it: for operators who have lost the last
/// admin key.
int create_in_store(const create_flags& flags) {
  if (is_postgres(flags.store) && flags.data_dir.empty())
    return report({ec::invalid_argument,
                   "give the node's --data-dir beside --store: the key in it seals the audit log",
                   "data-dir"});
  store_flags where;
  where.store = flags.store;
  where.data_dir = flags.data_dir;
  auto store = storage::open(where.options());
  if (!store)
    return report(store.error());
  auto state = (*store)->open_state(true);
  if (!state)
    return report(state.error());
  if (auto done = seal_offline(**store, **state); !done)
    return report(done.error());
  const auto text = key_ring::make_key();
  if (!text)
    return report(text.error());
  api_key key;
  key.name = flags.name;
  key.role = *role_from(flags.role);
  key.company_id = flags.company;
  key.consumers = flags.consumers;
  key.certificate = certificate_digest(flags.certificate).value_or(std::string{});
  key.hash = key_ring::hash_of(*text);
  if (!flags.expires.empty())
    key.expires_at = from_rfc3339(flags.expires);
  key.break_glass = flags.break_glass;
  auto made
    = (*state)->access().create(create_api_key{key, {.who = "cli", .from = {}}}, wall_clock_now());
  if (!made)
    return report(made.error());
  json_line json;
  json.add("id", made->id).add("name", std::string_view{made->name});
  json.add("role", std::string_view{flags.role});
  if (!made->company_id.empty())
    json.add("companyId", std::string_view{made->company_id});
  json.add("createdAt", std::string_view{to_rfc3339(made->created_at)});
  return print_key(flags, made->id, *text, json.add("key", std::string_view{*text}).text());
}

int create(const create_flags& flags) {
  if (flags.break_glass
      && (flags.role != "admin" || !flags.company.empty() || !flags.expires.empty()
          || !flags.certificate.empty()))
    return report({ec::invalid_argument,
                   "a break-glass key is an admin's: --role admin, of no company, without an end "
                   "and a certificate",
                   "break-glass"});
  return flags.data_dir.empty() && flags.store.empty() ? create_by_port(flags)
                                                       : create_in_store(flags);
}

int remove(const key_flags& flags) {
  return print_removal(flags, "/api/keys/" + std::to_string(flags.id),
                       "key " + std::to_string(flags.id) + " deleted\n");
}

void add_create(command_line& keys, action& chosen) {
  auto flags = std::make_shared<create_flags>();
  auto* command
    = add_command(keys, "create", "Create a key and print it, once", flags, chosen, create);
  command->add_option("--name", flags->name, "What it is for")
    ->required()
    ->check(check_identifier, "");
  command->add_option("--role", flags->role, "publisher, reader, worker or admin")
    ->one_of({"publisher", "reader", "worker", "admin"})
    ->capture_default_str();
  command->add_option("--company", flags->company, "Bind it to this company")
    ->type_name("ID")
    ->check(check_identifier, "");
  command
    ->add_option("--consumers", flags->consumers,
                 "Of a worker: the consumers, and queues of jobs, that it works for, such as "
                 "billing,mail.*,queue/thumbs")
    ->type_name("NAMES")
    ->check(
      [](const std::string& x) {
        return is_consumer_list(x)
                 ? std::string{}
                 : "names have a-z 0-9 . _ -, queues queue/ before them, and commas "
                   "between them";
      },
      "");
  command
    ->add_option("--certificate", flags->certificate,
                 "Bind it to a client's certificate: its SHA-256, as `openssl x509 -fingerprint "
                 "-sha256` prints it")
    ->type_name("SHA256")
    ->check(
      [](const std::string& x) {
        return certificate_digest(x)
                 ? std::string{}
                 : "the SHA-256 of a certificate is 64 hexadecimal digits, with or without :";
      },
      "");
  command->add_option("--expires", flags->expires, "When it ends, as 2027-01-31T00:00:00Z")
    ->type_name("TIME")
    ->check(
      [](const std::string& x) {
        const auto end = from_rfc3339(x);
        return end && *end > wall_clock_now() ? std::string{}
                                              : "the end is an RFC 3339 time that has not passed";
      },
      "");
  command->add_flag("--break-glass", flags->break_glass,
                    "For the time in which nobody can sign in: opens the admin port only, and each "
                    "use leaves a row in the audit log and an alert");
  command
    ->add_option("--data-dir", flags->data_dir,
                 "Create it in this directory, on which no node runs, and not by a node")
    ->type_name("DIR");
  command
    ->add_option("--store", flags->store,
                 "The same in this store, such as postgresql://…, beside --data-dir")
    ->type_name("URL");
  add_json_flag(*command, flags->json);
  add_quiet_flag(*command, flags->quiet, "the key");
}

} // namespace
} // namespace keys_command

void add_keys(command_line& root, action& chosen) {
  using namespace keys_command;
  auto* keys = root.add_subcommand("keys", "Manage API keys");
  keys->require_subcommand(1);
  auto listed = std::make_shared<answer_flags>();
  auto* command = add_command(*keys, "list", "Print all keys, without the keys themselves", listed,
                              chosen, list);
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  add_create(*keys, chosen);
  auto erased = std::make_shared<key_flags>();
  command = add_command(*keys, "delete", "Delete a key; it is refused from then on", erased, chosen,
                        remove);
  command->add_option("id", erased->id, "Number of the key, see `keys list`")
    ->required()
    ->check(check_number_of("a key"), "");
  add_json_flag(*command, erased->json, "Print JSON");
}

} // namespace carillon::commands
