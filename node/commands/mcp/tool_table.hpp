#pragma once

#include "base/failure.hpp"

#include <rapidjson/document.h>

#include <map>
#include <string>
#include <string_view>

namespace carillon::commands::mcp {

/// A call of the admin port.
struct tool_call {
  std::string method;
  /// With its query.
  std::string target;
  /// JSON; empty = none.
  std::string body;
};

/// The tools that an agent has: operations of the admin port. Immutable.
class tool_table {
public:
  /// @param json see `mcp_tools_json`
  /// @param writes also those that change something
  tool_table(std::string_view json, bool writes);

  /// The result of `tools/list`.
  const std::string& list() const noexcept {
    return list_;
  }

  /// Makes the call of a tool. Errors: `not_found` (no such tool), `forbidden` (it writes, which
  /// the operator did not allow), `invalid_argument` with the field.
  /// @param arguments an object
  /// @param text of the same, from which the body is taken; empty = it is written anew
  expected<tool_call> call(std::string_view tool, const rapidjson::Value& arguments,
                           std::string_view text = {}) const;

private:
  rapidjson::Document all_;
  std::map<std::string, const rapidjson::Value*, std::less<>> by_name_;
  bool writes_;
  std::string list_;
};

} // namespace carillon::commands::mcp
