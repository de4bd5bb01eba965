#include "messages/asyncapi.hpp"

#include "messages/session_text.hpp"
#include "messages/telemetry.hpp"

namespace carillon {

namespace {

constexpr std::string_view head
  = R"(# Made from the catalogue by `asyncapi_yaml`; CARILLON_UPDATE_DOCS=1 messages_tests writes it anew.
asyncapi: 2.6.0
info:
  title: Carillon
  version: )" CARILLON_VERSION R"(
  description: >-
    The channel `/ws` is the WebSocket of live sessions, see protocol.md: `subscribe` is what the
    node sends, `publish` what a client may send. All other channels are the event types that a node
    knows from the start: `publish` is what applications send, by `POST /api/events`; `subscribe`
    is what the engine itself publishes, and refuses from anybody else.
defaultContentType: application/json
channels:
  /ws:
    description: One message is one text frame.
    bindings:
      ws:
        method: GET
        query:
          type: object
          additionalProperties: false
          properties:
            types: {type: string, description: 'Patterns like order.*, separated by commas; by default every type'}
            since: {type: integer, minimum: 0, description: What comes after this position first; by default what is new}
            slow: {type: string, enum: [catchup], description: Reads the log for a client that is too slow instead of ending its session}
            token: {type: string, description: 'A JSON Web Token, for who can send neither Authorization nor a subprotocol'}
            user: {type: string, description: Only with --dev}
            company: {type: string, description: Only with --dev}
    x-subprotocol: carillon.v1
)";

// What each message of a session holds.
constexpr std::string_view frames = R"(    session.hello:
      name: session.hello
      summary: The first message
      payload:
        type: object
        required: [op, session, userId, companyId, head, heartbeatMs]
        properties:
          op: {const: hello}
          session: {type: string, description: Number of the session}
          userId: {type: [string, 'null']}
          companyId: {type: [string, 'null']}
          head: {type: integer, minimum: 0, description: 'The position that is live now; without since, events come after it'}
          heartbeatMs: {type: integer, minimum: 1, description: Between two positions}
    session.event:
      name: session.event
      summary: An event that this session may see and asked for
      payload:
        type: object
        required: [op, seq, event]
        properties:
          op: {const: event}
          seq: {type: integer, minimum: 1, description: Its position}
          replay: {type: integer, minimum: 1, description: Number of the replay that it comes of; it moves no position then}
          event: {$ref: '#/components/schemas/event'}
    session.position:
      name: session.position
      summary: Everything up to here was considered; go on from here after a drop
      payload:
        type: object
        required: [op, seq]
        properties:
          op: {const: position}
          seq: {type: integer, minimum: 0}
    session.subscribed:
      name: session.subscribed
      summary: The answer to subscribe
      payload:
        type: object
        required: [op, types]
        properties:
          op: {const: subscribed}
          types: {type: array, items: {type: string}}
    session.gap:
      name: session.gap
      summary: The log has these positions no more; load the state anew
      payload:
        type: object
        required: [op, from, to]
        properties:
          op: {const: gap}
          from: {type: integer, minimum: 1}
          to: {type: integer, minimum: 1, description: Inclusive}
    session.error:
      name: session.error
      summary: What was wrong; if the session ends, the close follows
      payload:
        type: object
        required: [op, code, message]
        properties:
          op: {const: error}
          code: {type: string, description: One of those of the HTTP API}
          message: {type: [string, 'null'], description: For people}
    session.ping:
      name: session.ping
      summary: Is answered by position
      payload:
        type: object
        required: [op]
        properties:
          op: {const: ping}
    session.subscribe:
      name: session.subscribe
      summary: Other types from now on
      payload:
        type: object
        required: [op, types]
        properties:
          op: {const: subscribe}
          types: {type: array, maxItems: 100, items: {type: string}, description: Patterns; none = every type}
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
        metadata: {type: object, description: 'At most 16 KiB; sessions carry it only if --sessions-metadata says so'}
  messages:
)";

template <size_t N>
void append_session_messages(std::string& out, std::string_view operation,
                             const std::array<std::string_view, N>& names) {
  out += "    ";
  out += operation;
  out += ":\n      message:\n        oneOf:\n";
  for (auto x : names) {
    out += "          - {$ref: '#/components/messages/session.";
    out += x;
    out += "'}\n";
  }
}

void append_close_codes(std::string& out) {
  out += "    x-close-codes: [";
  for (auto x : session_close_codes)
    if (x != 0)
      out += (out.back() == '[' ? "" : ", ") + std::to_string(x);
  out += "]\n";
}

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
  append_close_codes(out);
  append_session_messages(out, "subscribe", session_frames);
  append_session_messages(out, "publish", session_commands);
  for (const auto& x : all)
    append_channel(out, *x);
  out += envelope;
  out += frames;
  for (const auto& x : all)
    append_message(out, *x);
  return out;
}

} // namespace carillon
