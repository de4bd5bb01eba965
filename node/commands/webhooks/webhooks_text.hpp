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

/// One line per delivery; without an argument, the heading.
std::string delivery_row();
std::string delivery_row(const rapidjson::Value& delivery);

/// One attempt: the call, its result, the next step and the reason.
std::string attempt_text(const rapidjson::Value& attempt);

/// A delivery with its delivery history: all its attempts.
std::string story_text(const rapidjson::Value& delivery);

} // namespace carillon::commands
