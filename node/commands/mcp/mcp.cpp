#include "base/failure_text.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/mcp/call_pool.hpp"
#include "node/commands/mcp/session.hpp"
#include "node/commands/mcp/tools_text.hpp"
#include "node/commands/support/output.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace mcp_command {
namespace {

/// A line of the client; a longer one is dropped.
constexpr size_t most_line_bytes = 4UL * 1024 * 1024;
/// Read of an answer of the node; a longer one is not shown.
constexpr size_t most_body_bytes = 4UL * 1024 * 1024;

struct mcp_flags {
  connection_options connection;
  bool allow_writes = false;
  uint64_t answer_bytes = 64UL * 1024;
  bool json = true;
};

/// Standard output, one line at a time, from several threads.
class line_writer {
public:
  void write(const std::string& line) {
    std::lock_guard lock{mutex_};
    std::cout << line << '\n' << std::flush;
  }

private:
  std::mutex mutex_;
};

/// Splits standard input into lines of bounded length.
class line_splitter {
public:
  /// Takes bytes; calls `take(line, is_whole)` for each line.
  template <class F>
  void add(std::string_view bytes, F take) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      append(bytes.substr(0, end));
      if (end == std::string_view::npos)
        return;
      finish(take);
      bytes.remove_prefix(end + 1);
    }
  }

  /// The input has ended.
  template <class F>
  void finish(F take) {
    if (!line_.empty() || is_cut_)
      take(line_, !is_cut_);
    line_.clear();
    is_cut_ = false;
  }

private:
  void append(std::string_view bytes) {
    is_cut_ = is_cut_ || line_.size() + bytes.size() > most_line_bytes;
    if (is_cut_)
      line_.clear();
    else
      line_ += bytes;
  }

  std::string line_;
  bool is_cut_ = false;
};

/// Reads until the client closes its side.
template <class F>
void read_lines(F take) {
  line_splitter lines;
  std::array<char, 16'384> buffer;
  while (can_print()) {
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    lines.add({buffer.data(), static_cast<size_t>(got)}, take);
  }
  lines.finish(take);
}

int serve_agent(const mcp_flags& flags) {
  line_writer out;
  const mcp::tool_table tools{mcp_tools_json(), flags.allow_writes};
  auto done = [&](const std::string& id, const mcp::call_pool::result& x) {
    const auto text = x.answer ? mcp::text_for_agent(*x.answer, x.is_cut, flags.answer_bytes)
                               : text_of(x.answer.error());
    out.write(mcp::rpc_result(
      id, mcp::tool_result(text, x.is_cut || !x.answer || !x.answer->is_success())));
  };
  auto pool = mcp::call_pool::make(flags.connection, most_body_bytes, done);
  if (!pool)
    return report(pool.error());
  mcp::session session{{
    .tools = tools,
    .write = [&](const std::string& line) { out.write(line); },
    .begin = [&](const std::string& id,
                 mcp::tool_call call) { return (*pool)->begin(id, std::move(call)); },
    .cancel = [&](const std::string& id) { (*pool)->cancel(id); },
  }};
  read_lines([&](std::string_view line, bool is_whole) {
    if (!is_whole)
      out.write(
        mcp::rpc_error_text({mcp::rpc_code::invalid_request, "the line is longer than 4 MiB"}));
    else if (line.find_first_not_of(" \t\r") != std::string_view::npos)
      session.take(line);
  });
  (*pool)->finish();
  return success;
}

} // namespace
} // namespace mcp_command

void add_mcp(command_line& root, action& chosen) {
  using namespace mcp_command;
  auto* command = root.add_subcommand(
    "mcp", "Serve an agent: the Model Context Protocol on standard input and output");
  auto flags = std::make_shared<mcp_flags>();
  add_admin_flags(*command, flags->connection);
  command->add_flag("--allow-writes", flags->allow_writes,
                    "Also offer the calls that change something");
  command->add_option("--answer-bytes", flags->answer_bytes, "Most bytes of an answer")
    ->between(uint64_t{1'024}, uint64_t{1'048'576})
    ->capture_default_str();
  add_json_flag(*command, flags->json, "As ever: each message is a line of JSON");
  command->callback([flags, &chosen] { chosen = [flags] { return serve_agent(*flags); }; });
}

} // namespace carillon::commands
