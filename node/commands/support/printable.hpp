#pragma once

#include "base/text/printable.hpp"

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon::commands {

/// The text of a member, printable; `-` if there is none.
std::string shown_member(const rapidjson::Value& object, const char* name);

} // namespace carillon::commands
