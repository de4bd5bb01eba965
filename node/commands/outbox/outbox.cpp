#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/printable.hpp"
#include "node/commands/support/subcommand.hpp"
#include "node/commands/support/table.hpp"
#include "persistence/outbox/source.hpp"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// `outbox ddl`, `status`, `refused`, `retry`, `discard`.

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace outbox_command {
namespace {

struct ddl_flags {
  std::string dialect;
  bool json = false;
};

struct status_flags : output_flags {
  std::string from;
};

/// Rows that a relay put aside.
struct refused_flags {
  std::string from;
  uint64_t after = 0;
  uint64_t limit = 100;
  bool json = false;
};

struct change_flags : output_flags {
  std::string from;
  std::vector<uint64_t> seqs;
  bool all = false;
};

/// Rows of one transaction.
constexpr size_t rows_at_a_time = 1'000;

int print_ddl(const ddl_flags& flags) {
  const auto text = outbox_ddl(flags.dialect);
  if (text.empty())
    return report({ec::internal, "this program has no statements for it", "dialect"});
  if (flags.json)
    std::cout << json_line{}.add("dialect", flags.dialect).add("sql", text).text() << '\n';
  else
    std::cout << text;
  return success;
}

int print_status(const status_flags& flags) {
  auto source = open_outbox(flags.from, {});
  if (!source)
    return report(source.error());
  auto state = (*source)->look(std::numeric_limits<int64_t>::max());
  if (!state)
    return report(state.error());
  print_outcome(flags, {.json = json_line{}
                                  .add("waiting", state->waiting)
                                  .add("refused", state->refused)
                                  .add("oldestSeconds", state->oldest_seconds)
                                  .text(),
                        .value = std::to_string(state->waiting),
                        .text = "waiting " + std::to_string(state->waiting) + ", put aside "
                                + std::to_string(state->refused) + ", the oldest for "
                                + std::to_string(state->oldest_seconds) + " s\n"});
  return success;
}

std::string line_of_refused(const std::string& seq, const std::string& at, const std::string& type,
                            const std::string& id, const std::string& company,
                            const std::string& code, const std::string& detail) {
  return table_row(
    {{seq, 10}, {at, 28}, {type, 24}, {id, 36}, {company, 16}, {code, 16}, {detail}});
}

std::string text_of_refused(const aside_row& x) {
  return line_of_refused(std::to_string(x.seq), printable(x.refused_at), printable(x.type),
                         printable(x.id), printable(x.company_id.value_or("-")),
                         printable(x.error_code), printable(x.error_detail));
}

std::string json_of_refused(const aside_row& x) {
  json_line out;
  out.add("seq", x.seq).add("id", x.id).add("type", x.type).add("source", x.source);
  if (x.company_id)
    out.add("companyId", *x.company_id);
  else
    out.add_json("companyId", "null");
  return out.add("errorCode", x.error_code)
    .add("errorDetail", x.error_detail)
    .add("refusedAt", x.refused_at)
    .add("dataBytes", x.data_bytes)
    .text();
}

int print_refused(const refused_flags& flags) {
  auto source = open_outbox(flags.from, {});
  if (!source)
    return report(source.error());
  if (!flags.json)
    std::cout << line_of_refused("seq", "refused", "type", "id", "company", "error", "detail");
  auto after = flags.after;
  for (auto left = flags.limit; left > 0;) {
    const auto most = std::min<uint64_t>(left, rows_at_a_time);
    auto rows = (*source)->aside(after, most);
    if (!rows)
      return report(rows.error());
    for (const auto& x : *rows)
      std::cout << (flags.json ? json_of_refused(x) + '\n' : text_of_refused(x));
    left -= std::min<uint64_t>(left, rows->size());
    if (rows->size() < most || !can_print())
      break;
    after = rows->back().seq;
  }
  return success;
}

/// The numbers of the rows that are aside now; those that come later are not meant.
expected<std::vector<uint64_t>> all_refused(outbox_source& source) {
  std::vector<uint64_t> out;
  for (;;) {
    auto rows = source.aside(out.empty() ? 0 : out.back(), rows_at_a_time);
    if (!rows)
      return rows.error();
    for (const auto& x : *rows)
      out.push_back(x.seq);
    if (rows->size() < rows_at_a_time)
      return out;
  }
}

/// @param change what is done with some of the rows
/// @param done as in `3 rows DONE`
int change_refused(const change_flags& flags,
                   expected<uint64_t> (outbox_source::*change)(const std::vector<uint64_t>&),
                   const char* name, const std::string& done) {
  auto source = open_outbox(flags.from, {});
  if (!source)
    return report(source.error());
  auto seqs = flags.seqs;
  if (flags.all) {
    auto all = all_refused(**source);
    if (!all)
      return report(all.error());
    seqs = std::move(*all);
  }
  std::sort(seqs.begin(), seqs.end());
  seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
  uint64_t count = 0;
  std::optional<failure> fault;
  for (size_t begin = 0; begin < seqs.size(); begin += rows_at_a_time) {
    const auto end = std::min(seqs.size(), begin + rows_at_a_time);
    auto changed = ((**source).*change)({seqs.begin() + static_cast<std::ptrdiff_t>(begin),
                                         seqs.begin() + static_cast<std::ptrdiff_t>(end)});
    if (!changed) {
      fault = changed.error();
      break;
    }
    count += *changed;
  }
  print_outcome(flags,
                {.json = json_line{}.add(name, count).text(),
                 .value = std::to_string(count),
                 .text = std::to_string(count) + (count == 1 ? " row " : " rows ") + done + '\n'});
  // What was done before is told, too.
  if (fault)
    return report(*fault);
  if (!flags.all && count < seqs.size())
    return report({ec::not_found,
                   count == 0 ? "no row with such a number was put aside"
                              : "some of these numbers were not put aside",
                   "seq"});
  return success;
}

int retry_refused(const change_flags& flags) {
  return change_refused(flags, &outbox_source::restore, "retried", "went back into the outbox");
}

int discard_refused(const change_flags& flags) {
  return change_refused(flags, &outbox_source::discard, "discarded", "discarded");
}

void add_from(command_line& command, std::string& out) {
  command.add_option("--from", out, "Database with the table carillon_outbox")
    ->type_name("URL")
    ->envname("CARILLON_FROM")
    ->required();
}

void add_change(command_line& outbox, const char* name, const char* meaning, const char* quiet,
                action& chosen, int (*act)(const change_flags&)) {
  auto flags = std::make_shared<change_flags>();
  auto* command = outbox.add_subcommand(name, meaning);
  auto* seqs = command->add_option("seq", flags->seqs, "Numbers of rows, see `outbox refused`")
                 ->check(check_number_of("a row"), "");
  command->add_flag("--all", flags->all, "All that were put aside until now")->excludes(seqs);
  add_from(*command, flags->from);
  add_json_flag(*command, flags->json, "Print it as JSON");
  add_quiet_flag(*command, flags->quiet, quiet);
  command->callback([flags, &chosen, act] {
    if (flags->seqs.empty() && !flags->all)
      refuse_without("seq, or --all");
    chosen = [flags, act] { return act(*flags); };
  });
}

} // namespace
} // namespace outbox_command

void add_outbox(command_line& root, action& chosen) {
  using namespace outbox_command;
  auto* outbox = root.add_subcommand(
    "outbox", "Outboxes: events that a database commits with an application's own rows");
  outbox->require_subcommand(1);
  auto made = std::make_shared<ddl_flags>();
  auto* ddl = outbox->add_subcommand("ddl", "Print the statements that make the tables");
  ddl->add_option("--dialect", made->dialect, "Of which database")
    ->one_of({"postgresql", "mysql", "mariadb", "sqlite"})
    ->required();
  add_json_flag(*ddl, made->json, "Print them as the member of a JSON object");
  ddl->callback([made, &chosen] { chosen = [made] { return print_ddl(*made); }; });
  auto asked = std::make_shared<status_flags>();
  auto* status = outbox->add_subcommand("status", "Show how many rows wait, and were put aside");
  add_from(*status, asked->from);
  add_json_flag(*status, asked->json, "Print it as JSON");
  add_quiet_flag(*status, asked->quiet, "how many rows wait");
  status->callback([asked, &chosen] { chosen = [asked] { return print_status(*asked); }; });
  auto listed = std::make_shared<refused_flags>();
  auto* refused
    = outbox->add_subcommand("refused", "List the rows that can be no events, with why");
  add_from(*refused, listed->from);
  refused->add_option("--after", listed->after, "Only rows with higher numbers")->type_name("SEQ");
  refused
    ->add_option("--limit", listed->limit, "Most rows to print, but for more of the last number")
    ->between(uint64_t{1}, uint64_t{1} << 62U)
    ->capture_default_str();
  add_json_flag(*refused, listed->json, "Print each as a line of JSON");
  refused->callback([listed, &chosen] { chosen = [listed] { return print_refused(*listed); }; });
  add_change(
    *outbox, "retry",
    "Put rows that were put aside back, behind those that wait, when their fault is mended",
    "how many rows went back", chosen, retry_refused);
  add_change(*outbox, "discard", "Forget rows that were put aside: they will never be events",
             "how many rows were discarded", chosen, discard_refused);
}

} // namespace carillon::commands
