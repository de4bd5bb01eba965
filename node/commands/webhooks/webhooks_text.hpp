#pragma once

#include "node/commands/support/printable.hpp"

#include <rapidjson/document.h>

#include <string>

namespace carillon::commands {

// What people read of webhooks, made of the API's answers.

/// One line per webhook; without an argument, the line above.
std::string webhook_row();
std::string webhook_row(const rapidjson::Value& webhook);

/// All about one webhook.
std::string webhook_text(const rapidjson::Value& webhook);

/// One line per delivery; without an argument, the line above.
std::string delivery_row();
std::string delivery_row(const rapidjson::Value& delivery);

/// One attempt: what was called, what came of it, what comes next and why.
std::string attempt_text(const rapidjson::Value& attempt);

/// A delivery with all its attempts.
std::string story_text(const rapidjson::Value& delivery);

} // namespace carillon::commands
