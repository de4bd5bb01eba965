#include "persistence/outbox/relay.hpp"
#include "base/failure_text.hpp"
#include "base/text/masked.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/output.hpp"
#include "node/process/signals.hpp"

#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace relay_command {
namespace {

/// Between two looks at whether the relay has ended by itself.
constexpr std::chrono::milliseconds signal_wait{60'000};

struct relay_flags {
  connection_options connection;
  std::string from;
  size_t batch = outbox_options{}.batch_rows;
  std::chrono::milliseconds poll = outbox_options{}.poll;
  bool once = false;
  bool json = false;
};

/// A node, by its data port.
class port_target final : public outbox_target {
public:
  explicit port_target(api_client client) : client_(std::move(client)) {
  }

  expected<std::vector<expected<void>>> publish(const outbox_rows& rows) override {
    std::vector<expected<void>> out(rows.size());
    std::vector<size_t> places;
    std::string body = "[";
    for (size_t i = 0; i < rows.size(); ++i) {
      std::string event;
      if (auto made = append_event(event, rows[i]); !made) {
        out[i] = made.error();
        continue;
      }
      body += (places.empty() ? "" : ",") + event;
      places.push_back(i);
    }
    if (places.empty())
      return out;
    if (auto taken = send(body + ']', places, out); !taken)
      return taken.error();
    return out;
  }

  std::chrono::milliseconds pause() const override {
    return pause_;
  }

private:
  expected<void> send(const std::string& body, const std::vector<size_t>& places,
                      std::vector<expected<void>>& out) {
    pause_ = {};
    auto answer = client_.post("/api/events", body);
    if (answer)
      pause_ = answer->retry_after;
    auto document = json_of(answer);
    if (!document)
      return document.error();
    auto results = document->FindMember("results");
    if (results == document->MemberEnd() || !results->value.IsArray()
        || results->value.Size() != places.size())
      return failure{ec::internal, "the answer has no verdict for each event", {}};
    for (rapidjson::SizeType i = 0; i < results->value.Size(); ++i)
      if (const auto& x = results->value[i]; !x.IsObject())
        out[places[i]] = failure{};
      else if (auto error = x.FindMember("error"); error != x.MemberEnd())
        out[places[i]] = problem_of(error->value);
    return {};
  }

  api_client client_;
  std::chrono::milliseconds pause_{0};
};

void print_counts(const relay_flags& flags, const relay_counts& x) {
  const auto published = x.published.load();
  const auto refused = x.refused.load();
  if (flags.json)
    std::cout << json_line{}.add("published", published).add("refused", refused).text() + '\n';
  else
    std::cout << "published " << published << ", put aside " << refused << '\n';
}

/// Moves what is there, and ends.
int move_once(outbox_relay& relay) {
  for (;;) {
    auto done = relay.step();
    if (!done)
      return report(done.error());
    if (*done == 0)
      return success;
  }
}

int run_relay(const relay_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  outbox_options options;
  options.batch_rows = flags.batch;
  options.poll = flags.poll;
  auto source = open_outbox(flags.from, options);
  if (!source)
    return report(source.error());
  // Before the first thread.
  signal_watch signals;
  auto say = [](const std::string& line) {
    static std::mutex one;
    const std::lock_guard guard{one};
    std::cerr << "carillon: " << masked(line) << std::endl;
  };
  outbox_relay relay{std::move(*source), std::make_shared<port_target>(std::move(*client)), say};
  std::atomic<bool> ended{false};
  std::thread stopper{[&] {
    while (!ended) {
      const auto event = signals.wait(signal_wait);
      if (event == signal_watch::event::stop)
        relay.stop();
    }
  }};
  int code = success;
  if (flags.once)
    code = move_once(relay);
  else
    while (!relay.is_stopped())
      relay.turn();
  ended = true;
  signals.wake();
  stopper.join();
  print_counts(flags, relay.counts());
  return code;
}

} // namespace
} // namespace relay_command

void add_relay(command_line& root, action& chosen) {
  using namespace relay_command;
  auto* command = root.add_subcommand(
    "relay", "Publish the rows of an outbox in a database of your own, as they are committed");
  auto flags = std::make_shared<relay_flags>();
  command
    ->add_option("--from", flags->from,
                 "Database with the table carillon_outbox: postgresql://…, mysql://…, mariadb://…, "
                 "sqlite:///FILE")
    ->type_name("URL")
    ->envname("CARILLON_FROM")
    ->required();
  add_connection_flags(*command, flags->connection, "to", "http://127.0.0.1:7070");
  command->add_option("--batch", flags->batch, "Most events in a request")
    ->between(1, 10'000)
    ->capture_default_str();
  add_duration_flag(*command, "--poll", flags->poll,
                    "Between two looks at a database that sends no notices");
  command->add_flag("--once", flags->once, "Publish what is there, and end");
  add_json_flag(*command, flags->json, "Print the counts at the end as JSON");
  command->callback([flags, &chosen] { chosen = [flags] { return run_relay(*flags); }; });
}

} // namespace carillon::commands
