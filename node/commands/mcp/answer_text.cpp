#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"
#include "node/commands/mcp/session.hpp"

#include <string>

// What an agent sees of an answer.

namespace carillon::commands::mcp {

namespace {

constexpr size_t most_answer_levels = 128;
constexpr std::string_view withheld = "*** (withheld: people get it from the page or the command)";

/// Whether a member of this name and value is shown once to whom it belongs, and to nobody else.
bool is_secret(std::string_view name, const rapidjson::Value& x) {
  if (!x.IsString())
    return false;
  if (name == "secret" || name == "password" || name == "token")
    return true;
  const std::string_view text{x.GetString(), x.GetStringLength()};
  return text.starts_with("ck_") || text.starts_with("whsec_");
}

/// Withholds each text of an array of secrets.
bool withhold_all(rapidjson::Value& xs) {
  bool out = false;
  if (xs.IsArray())
    for (auto& x : xs.GetArray())
      if (x.IsString()) {
        x.SetString(rapidjson::StringRef(withheld.data(), withheld.size()));
        out = true;
      }
  return out;
}

/// True if something was withheld.
bool withhold(rapidjson::Value& x, size_t level) {
  bool out = false;
  if (level > most_answer_levels)
    return out;
  if (x.IsArray())
    for (auto& y : x.GetArray())
      out = withhold(y, level + 1) || out;
  if (!x.IsObject())
    return out;
  for (auto& y : x.GetObject()) {
    if (is_secret({y.name.GetString(), y.name.GetStringLength()}, y.value)) {
      y.value.SetString(rapidjson::StringRef(withheld.data(), withheld.size()));
      out = true;
    } else {
      if (std::string_view{y.name.GetString(), y.name.GetStringLength()} == "secrets")
        out = withhold_all(y.value) || out;
      out = withhold(y.value, level + 1) || out;
    }
  }
  return out;
}

} // namespace

std::string text_for_agent(const api_answer& x, bool is_cut, size_t most_bytes) {
  if (x.body.empty())
    return x.is_success() ? "done" : "the node answered " + std::to_string(x.status);
  if (is_cut)
    return "the answer is too long for this server: ask for fewer entries by `limit`, or for "
           "something narrower";
  std::string out = x.body;
  rapidjson::Document parsed;
  // The text itself is kept, with all digits of its numbers, if there is nothing to withhold.
  if (!parsed.Parse<rapidjson::kParseIterativeFlag>(out.data(), out.size()).HasParseError()
      && withhold(parsed, 0))
    out = to_text(parsed);
  if (out.size() <= most_bytes)
    return as_utf8(out);
  return excerpt(out, most_bytes)
         + "\n… cut: the answer is longer than this server passes on. Ask for fewer entries by "
           "`limit`, or for something narrower.";
}

} // namespace carillon::commands::mcp
