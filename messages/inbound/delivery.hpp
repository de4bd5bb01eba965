#pragma once

#include "base/failure.hpp"
#include "messages/codec/codec.hpp"
#include "messages/inbound/live_source.hpp"
#include "messages/inbound/verification.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// What a body becomes: the `data` of an event, and what stood around it.
struct inbound_data {
  /// A JSON object: the body itself if it is one, byte for byte; `{"body":…}` of other JSON; of a
  /// form see `json_of_form`.
  std::string json;
  /// Blanks and line ends before and behind the JSON, so that the body can be put together again.
  std::string before;
  std::string after;
};

/// A request that its source has proven.
struct inbound_request {
  inbound_headers headers;
  std::string content_type;
  /// `application/x-www-form-urlencoded`; else JSON.
  bool is_form = false;
};

/// Errors: `malformed_json`, `too_large`.
expected<inbound_data> inbound_data_of(std::string_view body, bool is_form);

/// What Slack wants to hear of an address that it is to send to (`url_verification`); empty if the
/// body asks for nothing.
std::optional<std::string> slack_challenge_of(const inbound_data& x);

/// Makes the event of a proven request: type and id by the templates of its source, `source`
/// `/in/{name}`, the company of the source, and in `metadata.inbound` the source, the preset and
/// the headers that are kept. Errors: those of `parse_event`; `invalid_argument` with `type` or
/// `id` if a value is missing; `forbidden` for an event that the company may not publish.
expected<draft_ptr> inbound_draft(const live_source& of, const inbound_request& request,
                                  std::string_view body, const inbound_data& data,
                                  const parse_context& ctx);

} // namespace carillon
