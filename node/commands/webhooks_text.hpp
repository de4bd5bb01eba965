#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon::commands {

// What people read of webhooks, made of the API's answers. Whatever a stranger wrote (a receiver's
// answer, a URL, a description) cannot command the terminal: see `printable`.

/// The text with control characters, and bytes that are not UTF-8, as `\x1b`.
std::string printable(std::string_view text);

/// The text of a member, printable; `-` if there is none.
std::string shown_member(const rapidjson::Value& object, const char* name);

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
