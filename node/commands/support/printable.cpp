#include "node/commands/support/printable.hpp"

#include "node/commands/support/api_client.hpp"

namespace carillon::commands {

std::string shown_member(const rapidjson::Value& object, const char* name) {
  auto text = text_member(object, name);
  return text.empty() ? "-" : printable(text);
}

} // namespace carillon::commands
