#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::sessions {

using parameters = std::vector<std::pair<std::string, std::string>>;

/// The parameters of a request target, decoded (WHATWG URL section 5.1). Empty optional for a
/// broken `%`, or more than 32 of them.
std::optional<parameters> parameters_of(std::string_view target);

} // namespace carillon::sessions
