#pragma once

#include <string_view>

namespace carillon::commands {

/// The tools of `carillon mcp` as JSON, made by cmake/mcp_tools.py from the description of the API.
std::string_view mcp_tools_json() noexcept;

} // namespace carillon::commands
