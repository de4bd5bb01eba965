#pragma once

#include <rapidjson/document.h>

#include <string>

namespace carillon::commands {

// Text output about deliveries of webhooks, from the API's answers.

/// One line per delivery; without an argument, the heading.
std::string delivery_row();
std::string delivery_row(const rapidjson::Value& delivery);

/// One attempt: the call, its result, the next step and the reason.
std::string attempt_text(const rapidjson::Value& attempt);

/// A delivery with its delivery history: all its attempts.
std::string history_text(const rapidjson::Value& delivery);

} // namespace carillon::commands
