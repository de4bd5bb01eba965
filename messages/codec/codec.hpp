#pragma once

#include "base/failure.hpp"
#include "base/json/appender.hpp"
#include "messages/codec/type_registry.hpp"
#include "messages/events/event.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// Settings for parsing an event. Cheap to copy; the registry outlives it.
struct parse_context {
  const type_registry* types = nullptr;
  /// Accepts unknown types, with audience `none` unless the event names another.
  bool accept_unknown_types = false;
  /// Accepts the types that only the engine publishes, see `is_engine_type`, and its sources, which
  /// begin with `/carillon/`.
  bool engine_types = false;
  /// Used for a missing `time`.
  timestamp now = {};
  /// Company that the publisher is bound to. Used for an event that names none, before its audience
  /// is checked. Outlives the call.
  std::string_view company_id = {};
  /// Of the request, for an event that has no valid `traceparent` of its own. Any text; outlives
  /// the call.
  std::string_view traceparent = {};
};

/// Parses one event in the JSON form of the API: an object with `type`, `data` and, optionally,
/// `id`, `source`, `time`, `companyId`, `userId`, `correlationId`, `causationId`, `traceparent`,
/// `audience` and `metadata`. One SAX pass, no DOM. `null` is the same as absent. Rejected with
/// `invalid_argument` although valid JSON: unknown envelope members, duplicate names at any depth,
/// U+0000, half a surrogate pair, numbers beyond a double, more than 64 levels. A missing id
/// becomes a UUIDv7; a missing company or user is read from `data`; for types of the catalogue a
/// contradiction is rejected. An invalid `traceparent` is ignored. Errors: `malformed_json`,
/// `schema_violation`, `unknown_type`, `too_large`, `invalid_argument`; with the field.
expected<draft_ptr> parse_event(std::string_view json, const parse_context& ctx);

/// A verdict per item of an array.
using parsed_items = std::vector<expected<draft_ptr>>;

/// Parses an array of events. An invalid item, for example one with a duplicate name or half a
/// surrogate pair, fails alone. Text that is not JSON fails the whole array, since nothing around
/// it can be trusted. Errors: `malformed_json`, `too_large` past `max_items`, `invalid_argument`
/// for an empty array. An event loop that must not block uses `event_array` instead.
expected<parsed_items> parse_events(std::string_view json, const parse_context& ctx,
                                    size_t max_items);

/// Parses a CloudEvents 1.0 event in structured mode (JSON event format, section 3).
/// `datacontenttype` must be JSON, `source` a URI reference, `dataschema` a URI; `data_base64` is
/// rejected. Attributes unknown to Carillon go to `metadata`, and so does an `audience` other than
/// its four.
expected<draft_ptr> parse_cloud_event(std::string_view json, const parse_context& ctx);

/// Parses the batch mode (JSON batch format, section 4).
expected<parsed_items> parse_cloud_events(std::string_view json, const parse_context& ctx,
                                          size_t max_items);

/// An attribute of binary mode: header name without `ce-`, lower case; value
/// still quoted and percent-encoded (HTTP binding, section 3.1.3.2).
using cloud_attribute = std::pair<std::string, std::string>;

/// Makes a draft from binary mode: attributes from headers, `data` = the body, `datacontenttype` =
/// the header `Content-Type`, empty if there is none.
expected<draft_ptr> parse_cloud_event_binary(const std::vector<cloud_attribute>& attributes,
                                             std::string_view body, const parse_context& ctx,
                                             std::string_view content_type = {});

/// The event as one JSON object as the API shows it, made once per event.
/// Empty optional fields are left out. Thread-safe.
const std::string& json_of(const event& x);

/// Appends the event in the CloudEvents 1.0 JSON format (structured mode). Metadata members with
/// valid attribute names become attributes and replace Carillon's own `sequence` and
/// `recordedtime`; others are left out. A `source` that is not a URI reference is percent-encoded.
void append_cloud_event(std::string& out, const event& x);

} // namespace carillon
