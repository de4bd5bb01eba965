#include "base/failure_text.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/batch_sender.hpp"
#include "node/commands/support/output.hpp"
#include "node/option_values.hpp"

#include <array>
#include <cerrno>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace publish_command {
namespace {

/// Items are sent when no input follows for this time.
constexpr int quiet_ms = 100;

/// A request is sent before it exceeds this size.
constexpr size_t batch_bytes = 4'194'304;

/// A larger item is not an event.
constexpr size_t item_bytes = 8'388'608;

constexpr std::chrono::milliseconds progress_interval{500};

struct publish_flags : output_flags {
  connection_options connection;
  std::string file = "-";
  size_t batch = 1'000;
  std::chrono::milliseconds retry_for{60'000};
  bool progress = false;
};

/// A line on standard error that is updated in place.
class progress_line {
public:
  explicit progress_line(bool shown) : shown_(shown) {
  }

  void show(const publish_totals& x, bool last = false) {
    auto now = std::chrono::steady_clock::now();
    if (!shown_ || (!last && now - shown_at_ < progress_interval))
      return;
    shown_at_ = now;
    auto seconds = std::chrono::duration<double>(now - begin_).count();
    auto rate = static_cast<uint64_t>(static_cast<double>(x.published) / std::max(seconds, 0.001));
    std::cerr << '\r' << x.published << " published, " << x.refused << " refused, " << rate
              << "/s   " << (last ? "\n" : "") << std::flush;
  }

private:
  bool shown_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_at_{};
};

/// Reads items from a descriptor and sends them in batches.
class publication {
public:
  publication(int fd, batch_sender& sender, const publish_flags& flags)
    : fd_(fd), sender_(sender), flags_(flags), progress_(flags.progress || ::isatty(2) == 1) {
  }

  /// @param on_refused told of items that are rejected before sending
  expected<void> run(const batch_sender::refusal& on_refused) {
    for (;;) {
      while (auto item = splitter_.next()) {
        auto checked = with_id(item->text);
        if (!checked) {
          on_refused(item->line, checked.error());
          continue;
        }
        item->text = std::move(*checked);
        if (auto added = add(std::move(*item)); !added)
          return added;
      }
      if (over_)
        break;
      if (auto read = read_more(); !read)
        return read;
    }
    auto done = flush();
    progress_.show(sender_.totals(), true);
    return done;
  }

private:
  expected<void> add(input_item item) {
    if (bytes_ + item.text.size() > batch_bytes)
      if (auto done = flush(); !done)
        return done;
    bytes_ += item.text.size() + 1;
    items_.push_back(std::move(item));
    return items_.size() >= flags_.batch ? flush() : expected<void>{};
  }

  expected<void> flush() {
    auto done = sender_.send(items_);
    items_.clear();
    bytes_ = 0;
    progress_.show(sender_.totals());
    return done;
  }

  expected<void> read_more() {
    if (splitter_.buffered() > item_bytes)
      return failure{ec::too_large, "an event is longer than " + bytes_text(item_bytes), {}};
    pollfd input{fd_, POLLIN, 0};
    if (!items_.empty() && ::poll(&input, 1, quiet_ms) == 0)
      return flush();
    auto n = ::read(fd_, chunk_.data(), chunk_.size());
    if (n < 0 && errno != EINTR)
      return failure{ec::invalid_argument, "cannot read the input", "file"};
    if (n > 0) {
      const std::string_view chunk{chunk_.data(), static_cast<size_t>(n)};
      // Some Windows shells redirect output in this form.
      if (!std::exchange(begun_, true)
          && (chunk.starts_with("\xff\xfe") || chunk.starts_with("\xfe\xff")))
        return failure{ec::invalid_argument, "the input is UTF-16; save it as UTF-8", "file"};
      splitter_.feed(chunk);
    }
    if (n == 0) {
      splitter_.finish();
      over_ = true;
    }
    return {};
  }

  int fd_;
  batch_sender& sender_;
  const publish_flags& flags_;
  progress_line progress_;
  json_splitter splitter_;
  bool begun_ = false;
  bool over_ = false;
  std::vector<input_item> items_;
  size_t bytes_ = 0;
  std::array<char, 65536> chunk_{};
};

void print_totals(const publish_flags& flags, const publish_totals& x, uint64_t refused) {
  const auto last = std::to_string(x.last_seq);
  print_outcome(flags, {.json = json_line{}
                                  .add("published", x.published)
                                  .add("duplicates", x.duplicates)
                                  .add("refused", refused)
                                  .add("lastSeq", x.last_seq)
                                  .text(),
                        .value = last,
                        .text = "published " + std::to_string(x.published) + ", duplicates "
                                + std::to_string(x.duplicates) + ", refused "
                                + std::to_string(refused) + ", last position " + last + '\n'});
}

int publish(const publish_flags& flags) {
  auto client = api_client::make(flags.connection);
  if (!client)
    return report(client.error());
  auto fd = flags.file == "-" ? STDIN_FILENO : ::open(flags.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return report({ec::invalid_argument, "cannot read " + flags.file, "file"});
  uint64_t refused = 0;
  auto on_refused = [&](size_t line, const failure& why) {
    ++refused;
    std::cerr << "line " << line << ": " << (why.field.empty() ? "" : why.field + ": ")
              << text_of(why) << " [" << name_of(why.code) << "]\n";
  };
  batch_sender sender{{.post = [&](const auto& body) { return client->post("/api/events", body); },
                       .on_refused = on_refused,
                       .sleep = [](auto x) { std::this_thread::sleep_for(x); },
                       .retry_for = flags.retry_for}};
  auto done = publication{fd, sender, flags}.run(on_refused);
  const auto& totals = sender.totals();
  print_totals(flags, totals, refused);
  if (!done)
    return report(done.error());
  return refused == 0 ? success : fault;
}

} // namespace
} // namespace publish_command

void add_publish(command_line& root, action& chosen) {
  using namespace publish_command;
  auto* command = root.add_subcommand(
    "publish",
    "Publish events from a file: an array, one JSON object per line, or one after the other");
  auto flags = std::make_shared<publish_flags>();
  add_connection_flags(*command, flags->connection, "url", "http://127.0.0.1:7070");
  command->add_option("file", flags->file, "Input; - is standard input")->capture_default_str();
  command->add_option("--batch", flags->batch, "Most events in a request")
    ->between(1, 1'000)
    ->capture_default_str();
  add_duration_flag(*command, "--retry-for", flags->retry_for,
                    "For how long a request is repeated that the node can't take");
  command->add_flag("--progress", flags->progress, "Show progress even without a terminal");
  add_json_flag(*command, flags->json, "Print the counts as JSON");
  add_quiet_flag(*command, flags->quiet, "the position of the last event");
  command->callback([flags, &chosen] { chosen = [flags] { return publish(*flags); }; });
}

} // namespace carillon::commands
