#pragma once

#include "node/commands/mcp/messages.hpp"
#include "node/commands/mcp/tool_table.hpp"
#include "node/commands/support/api_client.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace carillon::commands::mcp {

/// What a session lends.
struct session_env {
  const tool_table& tools;
  /// Writes one line.
  std::function<void(const std::string&)> write;
  /// Begins a call, which answers by itself; returns false if too many are under way, or one of
  /// this id is.
  std::function<bool(const std::string& id, tool_call call)> begin;
  /// Ends the call of this id without an answer, if it is under way.
  std::function<void(const std::string& id)> cancel;
};

/// The server's side of the Model Context Protocol, message by message. Plain logic; one thread.
class session {
public:
  explicit session(session_env env) : env_(std::move(env)) {
  }

  /// Takes one line of the client.
  void take(std::string_view line);

private:
  void request(rpc_message& x);
  void notify(const rpc_message& x);
  void initialize(const rpc_message& x);
  void call_tool(const rpc_message& x);
  void read_resource(const rpc_message& x);
  void fail(const rpc_message& x, rpc_code code, std::string detail);
  void answer(const rpc_message& x, std::string_view result);

  session_env env_;
  bool initialized_ = false;
};

/// The versions of the protocol that it speaks, the newest first.
inline constexpr std::string_view newest_version = "2025-06-18";
inline constexpr std::string_view oldest_version = "2024-11-05";

/// The result of a tool: a text, and whether it is an error.
std::string tool_result(std::string_view text, bool is_error);

/// What an agent sees of an answer of the node: without secrets, at most so many bytes.
/// @param is_cut the rest of the body was not read: it is not shown at all then
std::string text_for_agent(const api_answer& x, bool is_cut, size_t most_bytes);

} // namespace carillon::commands::mcp
