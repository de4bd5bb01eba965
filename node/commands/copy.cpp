#include "persistence/copy.hpp"

#include "node/commands/api_client.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/printable.hpp"
#include "node/commands/progress_bar.hpp"

#include <array>
#include <iostream>
#include <memory>

namespace carillon::commands {

namespace {

struct copy_flags {
  std::string from;
  std::string to;
  std::string data_dir;
};

void print(const copy_report& x) {
  if (x.resumed_after > 0)
    std::cout << "went on after position " << x.resumed_after << '\n';
  std::cout << "copied and compared: " << x.events << " events, " << x.state_rows
            << " rows of the state, " << x.audit_rows << " audit rows, " << x.files << " files\n"
            << "documents and key: " << printable(x.directory) << '\n';
  if (x.key_is_elsewhere)
    std::cout << "the source has no node.key: name the key to the new node by --key-file\n";
}

int copy(const copy_flags& flags) {
  constexpr std::array names{"events", "rows of the state", "files", "comparing"};
  copy_request request;
  request.from = flags.from;
  request.to.url = flags.to;
  request.to.directory = flags.data_dir;
  expected<copy_report> done = failure{};
  {
    progress_bar bar;
    done = copy_installation(request, [&](const copy_progress& x) {
      bar.show(names.at(static_cast<size_t>(x.stage)), x.done, x.total);
    });
  }
  if (!done)
    return report(done.error());
  print(*done);
  return success;
}

} // namespace

void add_copy(CLI::App& root, action& chosen) {
  auto* command = root.add_subcommand(
    "copy", "Move an installation from a data directory to PostgreSQL; run again to go on");
  auto flags = std::make_shared<copy_flags>();
  command->add_option("--from", flags->from, "sqlite://… that no node runs on")
    ->type_name("URL")
    ->required();
  command->add_option("--to", flags->to, "postgresql://… without a store")
    ->type_name("URL")
    ->required();
  command
    ->add_option("--data-dir", flags->data_dir,
                 "Directory that documents and the key are copied to; empty = they stay")
    ->type_name("DIR");
  command->callback([flags, &chosen] { chosen = [flags] { return copy(*flags); }; });
}

} // namespace carillon::commands
