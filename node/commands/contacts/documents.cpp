#include "base/crypto/sha256.hpp"
#include "base/text/uri.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

// `documents list`, `get`, `delete`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace documents_command {
namespace {

struct documents_flags : answer_flags {
  list_flags range;
  std::string company;
};

struct document_flags : answer_flags {
  uint64_t id = 0;
  std::string output;
};

std::string path_of(const document_flags& flags) {
  return "/api/documents/" + std::to_string(flags.id);
}

std::string document_row(const std::string& id, const std::string& created,
                         const std::string& company, const std::string& kind,
                         const std::string& bytes, const std::string& file) {
  return table_row({{id, 10}, {created, 28}, {company, 20}, {kind, 16}, {bytes, -9}, {' ' + file}});
}

std::string row_of(const rapidjson::Value& x) {
  return document_row(std::to_string(number_member(x, "id")), shown_member(x, "createdAt"),
                      shown_member(x, "companyId"), shown_member(x, "kind"),
                      std::to_string(number_member(x, "size")), shown_member(x, "fileName"));
}

int list(const documents_flags& flags) {
  return print_entries(flags,
                       {.path = "/api/documents",
                        .query = {{"companyId", flags.company}},
                        .name = "documents",
                        .title = document_row("id", "created", "company", "kind", "bytes", "file"),
                        .row = row_of,
                        .range = flags.range});
}

std::string text_of(const rapidjson::Value& x) {
  constexpr std::array<std::pair<const char*, const char*>, 6> members{{{"kind", "kind"},
                                                                        {"company", "companyId"},
                                                                        {"user", "userId"},
                                                                        {"file", "fileName"},
                                                                        {"type", "contentType"},
                                                                        {"sha256", "sha256"}}};
  auto out = named_line("document", std::to_string(number_member(x, "id")));
  for (const auto& [name, member] : members)
    out += named_line(name, shown_member(x, member));
  if (auto seq = number_member(x, "eventSeq"); seq > 0)
    out += named_line("event", std::to_string(seq));
  return out + named_line("bytes", std::to_string(number_member(x, "size")))
         + named_line("created", shown_member(x, "createdAt"));
}

expected<api_answer> metadata_of(api_client& client, const document_flags& flags) {
  return client.get(path_of(flags), {{"metadata", "true"}});
}

/// Writes to any kind of file, also a pipe or a device.
expected<void> write_to(const std::string& path, const std::string& bytes) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out << bytes;
  out.close();
  if (!out)
    return failure{
      ec::internal,
      "cannot write " + printable(path) + ": " + std::generic_category().message(errno), "output"};
  return {};
}

/// Fetches the file; writes nothing but the document.
expected<void> fetch(api_client& client, const document_flags& flags, const std::string& sha256) {
  auto file = client.get(path_of(flags));
  if (!file)
    return file.error();
  if (!file->is_success())
    return problem_of(*file);
  if (sha256_hex(file->body) != sha256)
    return failure{ec::store_corrupt, "the file came damaged: its SHA-256 is another one", {}};
  return write_to(flags.output, file->body);
}

int save(const document_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto metadata = json_of(metadata_of(*client, flags));
  if (!metadata)
    return report(metadata.error());
  auto written = fetch(*client, flags, text_member(*metadata, "sha256"));
  if (!written)
    return report(written.error());
  if (flags.json)
    std::cout << to_text(*metadata) << '\n';
  else
    std::cout << "document " << flags.id << " written to " << printable(flags.output) << ", "
              << number_member(*metadata, "size") << " bytes\n";
  return success;
}

int get(const document_flags& flags) {
  if (!flags.output.empty())
    return save(flags);
  return print_answer(
    flags, [&](auto& client) { return metadata_of(client, flags); }, text_of);
}

struct delete_flags : document_flags {
  std::string before;
  std::string company;
};

int remove(const delete_flags& flags) {
  if (flags.id != 0)
    return print_removal(flags, path_of(flags),
                         "document " + std::to_string(flags.id) + " deleted\n");
  auto path = "/api/documents?before=" + as_path_segment(flags.before);
  if (!flags.company.empty())
    path += "&companyId=" + as_path_segment(flags.company);
  return print_answer(
    flags, [&](auto& client) { return client.remove(path); },
    [](const rapidjson::Value& x) {
      auto n = number_member(x, "deleted");
      return std::to_string(n) + (n == 1 ? " document" : " documents") + " deleted\n";
    });
}

void add_delete(command_line& documents, action& chosen) {
  auto flags = std::make_shared<delete_flags>();
  auto* command = add_command(documents, "delete",
                              "Delete a document with its file, or with --before all older ones",
                              flags, chosen, remove);
  auto* id = command->add_option("id", flags->id, "Number of the document, see `documents list`")
               ->check(check_number_of("a document"), "");
  auto* before
    = command->add_option("--before", flags->before, "All that were made before this date or time")
        ->type_name("TIME")
        ->excludes(id);
  command->add_option("--company", flags->company, "With --before: those of this company")
    ->type_name("ID")
    ->needs(before);
  add_json_flag(*command, flags->json);
  command->callback([flags, &chosen] {
    if (flags->id == 0 && flags->before.empty())
      refuse_without("id, or --before");
    chosen = [flags] { return remove(*flags); };
  });
}

} // namespace
} // namespace documents_command

void add_documents(command_line& root, action& chosen) {
  using namespace documents_command;
  auto* documents = root.add_subcommand("documents", "List and fetch what was made of events");
  documents->require_subcommand(1);
  auto listed = std::make_shared<documents_flags>();
  auto* command
    = add_command(*documents, "list", "Print documents, the newest first", listed, chosen, list);
  command->add_option("--company", listed->company, "Those of this company")->type_name("ID");
  add_list_flags(*command, listed->range);
  add_json_flag(*command, listed->json, "Print each as JSON on one line");
  auto one = std::make_shared<document_flags>();
  command = add_command(*documents, "get",
                        "Print what is known of a document, or write its file with --output", one,
                        chosen, get);
  command->add_option("id", one->id, "Number of the document, see `documents list`")
    ->required()
    ->check(check_number_of("a document"), "");
  command
    ->add_option("--output,-o", one->output,
                 "Write the document here; a file of this name is replaced")
    ->type_name("FILE")
    ->check(
      [](const std::string& text) {
        return std::filesystem::path{text}.has_filename() ? std::string{}
                                                          : "'" + text + "' is not a file's name";
      },
      "");
  add_json_flag(*command, one->json);
  add_delete(*documents, chosen);
}

} // namespace carillon::commands
