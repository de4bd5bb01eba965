#include "messages/asyncapi.hpp"

namespace carillon {

namespace {

constexpr std::string_view head
  = R"(# Made from the catalogue by `asyncapi_yaml`; a test keeps it true.
asyncapi: 2.6.0
info:
  title: Carillon
  version: )" CARILLON_VERSION R"(
  description: The event types that a node knows from the start. The channel is the type.
defaultContentType: application/json
channels:
)";

} // namespace

std::string asyncapi_yaml(const type_registry& types) {
  std::string out{head};
  for (const auto& x : types.list()) {
    out += "  " + x->name + ":\n";
    out += "    publish:\n      message:\n        $ref: '#/components/messages/" + x->name + "'\n";
  }
  out += "components:\n  messages:\n";
  for (const auto& x : types.list()) {
    out += "    " + x->name + ":\n";
    out += "      name: " + x->name + "\n";
    out += "      x-audience: " + std::string{name_of(x->audience)} + "\n";
    if (is_engine_type(x->name))
      out += "      description: Published by the engine alone.\n";
    // JSON is YAML.
    out += "      payload: " + x->schema + "\n";
  }
  return out;
}

} // namespace carillon
