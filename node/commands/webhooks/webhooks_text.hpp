#pragma once

#include "node/commands/support/printable.hpp"

#include <rapidjson/document.h>

#include <string>

namespace carillon::commands {

// Text output about webhooks, from the API's answers.

/// One line per webhook; without an argument, the heading.
std::string webhook_row();
std::string webhook_row(const rapidjson::Value& webhook);

/// All properties of one webhook.
std::string webhook_text(const rapidjson::Value& webhook);

} // namespace carillon::commands
