#include "messages/asyncapi.hpp"

namespace carillon {

namespace {

constexpr std::string_view head
  = R"(# Made from the catalogue by `asyncapi_yaml`; CARILLON_UPDATE_DOCS=1 messages_tests writes it anew.
asyncapi: 2.6.0
info:
  title: Carillon
  version: )" CARILLON_VERSION R"(
  description: >-
    The event types that a node knows from the start. The channel is the type. `publish` is what
    applications send, by `POST /api/events`; `subscribe` is what the engine itself publishes, and
    refuses from anybody else.
defaultContentType: application/json
channels:
)";

// JSON is YAML.
constexpr std::string_view envelope = R"(components:
  schemas:
    event:
      type: object
      required: [type, data]
      properties:
        seq: {type: integer, minimum: 1, readOnly: true, description: Position in the log}
        recordedAt: {type: string, format: date-time, readOnly: true, description: When it was appended}
        id: {type: string, minLength: 1, maxLength: 128, description: 'Unique with source, for ever; by default a UUIDv7'}
        type: {type: string, maxLength: 128}
        source: {type: string, minLength: 1, maxLength: 512, default: /api}
        time: {type: string, format: date-time, description: When it happened; by default now}
        companyId: {type: string, maxLength: 128, description: 'Tenant; by default data.companyId. Required for the audience company'}
        userId: {type: string, maxLength: 128, description: 'Person; by default data.userId. Required for the audience user'}
        correlationId: {type: string, maxLength: 128}
        causationId: {type: string, maxLength: 128}
        traceparent: {type: string, description: W3C Trace Context}
        audience: {type: string, enum: [none, user, company, all], description: By default that of the type}
        data: {type: object, description: At most 256 KiB}
        metadata: {type: object, description: At most 16 KiB}
  messages:
)";

void append_channel(std::string& out, const type_info& x) {
  out += "  " + x.name + ":\n";
  out += is_engine_type(x.name) ? "    subscribe:\n" : "    publish:\n";
  out += "      message: {$ref: '#/components/messages/" + x.name + "'}\n";
}

void append_message(std::string& out, const type_info& x) {
  out += "    " + x.name + ":\n";
  out += "      name: " + x.name + "\n";
  out += "      x-audience: " + std::string{name_of(x.audience)} + "\n";
  out += "      payload:\n        allOf:\n";
  out += "          - $ref: '#/components/schemas/event'\n";
  out += "          - properties:\n";
  out += "              type: {const: " + x.name + "}\n";
  out += "              data: " + x.schema + "\n";
}

} // namespace

std::string asyncapi_yaml(const type_registry& types) {
  auto all = types.list();
  std::string out{head};
  for (const auto& x : all)
    append_channel(out, *x);
  out += envelope;
  for (const auto& x : all)
    append_message(out, *x);
  return out;
}

} // namespace carillon
