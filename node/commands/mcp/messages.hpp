#pragma once

#include <rapidjson/document.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace carillon::commands::mcp {

/// Codes of JSON-RPC 2.0 (section 5.1).
enum class rpc_code : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  /// Of the server: it has too much to do.
  overloaded = -32000,
};

/// A request or a notification of a client.
struct rpc_message {
  /// The id as JSON; empty = a notification.
  std::string id;
  std::string method;
  /// An object, `{}` if there are none.
  rapidjson::Document params;
  /// As they were sent: no digit of a number is lost. Empty if they cannot be told.
  std::string params_text = {};
};

/// Why a text is no message.
struct rpc_error {
  rpc_code code = rpc_code::invalid_request;
  std::string detail;
  /// Of the request, if it could be read; else `null`.
  std::string id = "null";
};

/// A client's answer to a request of the server, which makes none: it is ignored.
struct rpc_answer {};

/// Reads one message. Arrays are refused: they are no part of the protocol any more.
std::variant<rpc_message, rpc_error, rpc_answer> parse_rpc(std::string_view text);

/// One line each, without its end.
/// @param result JSON
/// @{
std::string rpc_result(std::string_view id, std::string_view result);
std::string rpc_error_text(const rpc_error& x);
/// @}

/// Longest id, in bytes of JSON.
inline constexpr size_t most_id_bytes = 256;

} // namespace carillon::commands::mcp
