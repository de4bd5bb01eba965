#include "messages/codec.hpp"
#include "node/commands/subcommand.hpp"

#include <iomanip>
#include <iostream>
#include <memory>

namespace carillon::commands {

namespace {

struct keys_flags {
  connection_options connection;
  std::string name;
  std::string role = "publisher";
  std::string company;
  uint64_t id = 0;
};

void print_row(const std::string& id, const std::string& role, const std::string& company,
               const std::string& created, const std::string& name) {
  std::cout << std::left << std::setw(6) << id << ' ' << std::setw(10) << role << ' '
            << std::setw(20) << company << ' ' << std::setw(28) << created << ' ' << name << '\n';
}

int list(const keys_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto result = json_of(client->get("/api/keys"));
  if (!result)
    return report(result.error());
  auto keys = result->FindMember("keys");
  if (keys == result->MemberEnd() || !keys->value.IsArray())
    return report({ec::internal, "the answer has no keys", {}});
  print_row("id", "role", "company", "created", "name");
  for (const auto& x : keys->value.GetArray())
    if (x.IsObject())
      print_row(std::to_string(number_member(x, "id")), text_member(x, "role"),
                text_member(x, "companyId").empty() ? "-" : text_member(x, "companyId"),
                text_member(x, "createdAt"), text_member(x, "name"));
  return success;
}

int create(const keys_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  std::string body = "{\"name\":";
  append_json_string(body, flags.name);
  body += R"(,"role":")" + flags.role + '"';
  if (!flags.company.empty()) {
    body += ",\"companyId\":";
    append_json_string(body, flags.company);
  }
  auto made = json_of(client->post("/api/keys", body + "}"));
  if (!made)
    return report(made.error());
  std::cout << "key " << number_member(*made, "id") << ' ' << text_member(*made, "key")
            << " (shown once)\n";
  return success;
}

int remove(const keys_flags& flags) {
  return print_removal(flags.connection, "/api/keys/" + std::to_string(flags.id),
                       "key " + std::to_string(flags.id) + " deleted\n");
}

} // namespace

void add_keys(CLI::App& root, action& chosen) {
  auto* keys = root.add_subcommand("keys", "Manage API keys");
  keys->require_subcommand(1);
  auto flags = std::make_shared<keys_flags>();
  add_command(*keys, "list", "Print all keys, without the keys themselves", flags, chosen, list);
  auto* make
    = add_command(*keys, "create", "Create a key and print it, once", flags, chosen, create);
  make->add_option("--name", flags->name, "What it is for")->required();
  make->add_option("--role", flags->role, "publisher, reader or admin")
    ->check(CLI::IsMember({"publisher", "reader", "admin"}))
    ->capture_default_str();
  make->add_option("--company", flags->company, "Bind it to this company")->type_name("ID");
  auto* erase = add_command(*keys, "delete", "Delete a key; it is refused from then on", flags,
                            chosen, remove);
  erase->add_option("id", flags->id, "Number of the key, see `keys list`")->required();
}

} // namespace carillon::commands
