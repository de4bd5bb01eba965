#include "tests/support/asyncapi.hpp"

#include "messages/sessions/texts.hpp"
#include "messages/telemetry.hpp"
#include "tests/support/asyncapi_workers.hpp"

namespace carillon {

namespace {

constexpr std::string_view head
  = R"(# Made from the catalogue by `asyncapi_yaml`; CARILLON_UPDATE_DOCS=1 messages_tests writes it anew.
asyncapi: 2.6.0
info:
  title: Carillon
  version: )" CARILLON_VERSION R"(
  license: {name: Apache 2.0, url: 'https://www.apache.org/licenses/LICENSE-2.0'}
  description: >-
    The channel `/ws` is the WebSocket of live sessions, see protocol.md: `subscribe` is what the
    node sends, `publish` what a client may send. The channels `/consume/…` are the WebSockets of
    workers, see workers.md and jobs.md, in the same way. All other channels are the event types that
    a node knows from the start: `publish` is what applications send, by `POST /api/events`; `subscribe`
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
            since: {type: [integer, string], minimum: 0, description: 'What comes after this position first; by default what is new. With an API key, a bookmark as well'}
            companyId: {type: string, description: 'With an API key: only events of this company'}
            history: {type: string, description: 'With an API key: which history of the log since is of'}
            slow: {type: string, enum: [catchup], description: Reads the log for a client that is too slow instead of ending its session}
            token: {type: string, description: 'A JSON Web Token, for who can send neither Authorization nor a subprotocol'}
            user: {type: string, description: Only with --dev}
            company: {type: string, description: Only with --dev}
    x-subprotocol: carillon.v1
)";

// Schemas of the messages of a session. Each schema is a named component: a generator of models
// would call an inline one `AnonymousSchema1`.
constexpr std::string_view schemas = R"(components:
  schemas:
    AnyEvent:
      title: AnyEvent
      type: object
      required: [type]
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
        audience: {title: Audience, type: string, enum: [none, user, company, all], description: By default that of the type}
        data: {type: object, additionalProperties: true, description: At most 256 KiB}
        metadata: {type: object, additionalProperties: true, description: 'At most 16 KiB; sessions carry it only if --sessions-metadata says so'}
        hops: {type: integer, minimum: 1, readOnly: true, description: How many events of the engine led from a publisher to this one; absent in what publishers send}
    SessionHello:
      title: SessionHello
      type: object
      required: [op, session, userId, companyId, head, heartbeatMs]
      properties:
        op: {type: string, const: hello}
        session: {type: string, description: Number of the session}
        userId: {type: [string, 'null']}
        companyId: {type: [string, 'null']}
        head: {type: integer, minimum: 0, description: 'The position that is live now; without since, events come after it'}
        heartbeatMs: {type: integer, minimum: 1, description: Between two positions}
        bookmark: {type: string, description: 'Of a log stream: where it begins'}
        history: {type: string, description: Which history of the log the positions are of}
    SessionEvent:
      title: SessionEvent
      type: object
      required: [op, seq, event]
      properties:
        op: {type: string, const: event}
        seq: {type: integer, minimum: 1, description: Its position}
        replay: {type: integer, minimum: 1, description: Number of the replay that it comes of; it moves no position then}
        bookmark: {type: string, description: 'Of a log stream: where to resume after this event'}
        event: {$ref: '#/components/schemas/AnyEvent'}
    SessionPosition:
      title: SessionPosition
      type: object
      required: [op, seq]
      properties:
        op: {type: string, const: position}
        seq: {type: integer, minimum: 0}
        bookmark: {type: string, description: 'Of a log stream: where to resume'}
    SessionSubscribed:
      title: SessionSubscribed
      type: object
      required: [op, types]
      properties:
        op: {type: string, const: subscribed}
        types: {type: array, items: {type: string}}
        filter: {type: object, description: If there is one}
    SessionGap:
      title: SessionGap
      type: object
      required: [op, from, to]
      properties:
        op: {type: string, const: gap}
        from: {type: integer, minimum: 1}
        to: {type: integer, minimum: 1, description: Inclusive}
        history: {type: string, description: 'The current history, if the client named another one: what it has seen of these positions is not in it'}
        after: {type: integer, minimum: 0, description: 'With history: events come after this position of it'}
    SessionError:
      title: SessionError
      type: object
      required: [op, code, message]
      properties:
        op: {type: string, const: error}
        code: {type: string, description: One of those of the HTTP API}
        message: {type: [string, 'null'], description: For people}
    SessionPing:
      title: SessionPing
      type: object
      required: [op]
      properties:
        op: {type: string, const: ping}
    SessionSubscribe:
      title: SessionSubscribe
      type: object
      required: [op, types]
      properties:
        op: {type: string, const: subscribe}
        types: {type: array, maxItems: 100, items: {type: string}, description: Patterns; none = every type}
        filter: {type: object, description: 'What is in the events, see filters.md; absent = anything'}
)";

constexpr std::string_view session_messages = R"(    session.hello:
      name: session.hello
      messageId: session.hello
      summary: The first message
      payload: {$ref: '#/components/schemas/SessionHello'}
    session.event:
      name: session.event
      messageId: session.event
      summary: An event that this session may see and asked for
      payload: {$ref: '#/components/schemas/SessionEvent'}
    session.position:
      name: session.position
      messageId: session.position
      summary: Everything up to here was considered; go on from here after a drop
      payload: {$ref: '#/components/schemas/SessionPosition'}
    session.subscribed:
      name: session.subscribed
      messageId: session.subscribed
      summary: The answer to subscribe
      payload: {$ref: '#/components/schemas/SessionSubscribed'}
    session.gap:
      name: session.gap
      messageId: session.gap
      summary: The log has these positions no more; load the state anew
      payload: {$ref: '#/components/schemas/SessionGap'}
    session.error:
      name: session.error
      messageId: session.error
      summary: What was wrong; if the session ends, the close follows
      payload: {$ref: '#/components/schemas/SessionError'}
    session.ping:
      name: session.ping
      messageId: session.ping
      summary: Is answered by position
      payload: {$ref: '#/components/schemas/SessionPing'}
    session.subscribe:
      name: session.subscribe
      messageId: session.subscribe
      summary: Other types from now on
      payload: {$ref: '#/components/schemas/SessionSubscribe'}
)";

/// A type name for generated code: `OrderCreated` for `order.created`.
std::string model_name(std::string_view type) {
  std::string out;
  bool begins = true;
  for (auto c : type) {
    const bool is_mark = c == '.' || c == '_';
    if (!is_mark)
      out += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins = is_mark;
  }
  return out;
}

template <size_t N>
void append_session_messages(std::string& out, std::string_view operation,
                             const std::array<std::string_view, N>& names) {
  out += "    ";
  out += operation;
  out += ":\n      operationId: ";
  out += operation == "subscribe" ? "receiveFromSession" : "sendToSession";
  out += "\n      message:\n        oneOf:\n";
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
  const bool is_received = is_engine_type(x.name);
  out += is_received ? "    subscribe:\n" : "    publish:\n";
  out += std::string{"      operationId: "} + (is_received ? "receive" : "publish")
         + model_name(x.name) + '\n';
  out += "      message: {$ref: '#/components/messages/" + x.name + "'}\n";
}

/// Two schemas: for `order.created` `OrderCreatedEvent`, as it is published, and `OrderCreated`,
/// its `data`.
void append_schemas(std::string& out, const type_info& x) {
  const auto name = model_name(x.name);
  out += "    " + name + "Event:\n";
  out += "      title: " + name + "Event\n";
  out += "      type: object\n";
  out += "      allOf:\n";
  out += "        - $ref: '#/components/schemas/AnyEvent'\n";
  out += "        - type: object\n";
  // If `data` has required members, `data` itself is required.
  if (x.schema.find("\"required\"") != std::string::npos)
    out += "          required: [data]\n";
  out += "          properties:\n";
  out += "            type: {type: string, const: " + x.name + "}\n";
  out += "            data: {$ref: '#/components/schemas/" + name + "'}\n";
  // JSON is YAML. The title of a described type is its name, which stands first.
  const auto own_title = "{\"title\":\"" + x.name + '"';
  out += "    " + name + ": {\"title\":\"" + name + '"';
  out += x.schema.substr(x.schema.starts_with(own_title) ? own_title.size() : 1) + "\n";
}

void append_message(std::string& out, const type_info& x) {
  out += "    " + x.name + ":\n";
  out += "      name: " + x.name + "\n";
  out += "      messageId: " + x.name + "\n";
  out += "      x-audience: " + std::string{name_of(x.audience)} + "\n";
  out += "      payload: {$ref: '#/components/schemas/" + model_name(x.name) + "Event'}\n";
}

} // namespace

std::string asyncapi_yaml(const type_registry& types) {
  auto all = types.list();
  std::string out{head};
  append_close_codes(out);
  append_session_messages(out, "subscribe", session_frames);
  append_session_messages(out, "publish", session_commands);
  out += worker_channels();
  for (const auto& x : all)
    append_channel(out, *x);
  out += schemas;
  out += worker_schemas();
  for (const auto& x : all)
    append_schemas(out, *x);
  out += "  messages:\n";
  out += session_messages;
  out += worker_messages();
  for (const auto& x : all)
    append_message(out, *x);
  return out;
}

} // namespace carillon
