#pragma once

#include "messages/codec.hpp"
#include "net/data/request_head.hpp"

namespace carillon::data {

/// True if the body holds an array of events.
bool is_batch(event_form form, std::string_view body) noexcept;

/// Parses the one event of a body and applies the tenant rules.
/// Errors: those of the codec, `forbidden`.
expected<draft_ptr> take_event(const admission& admitted, const request_head& head,
                               std::string_view body, const parse_context& ctx);

/// The same for an array, with a verdict per item. Errors for the whole:
/// `malformed_json`, `too_large`, `invalid_argument`.
expected<parsed_items> take_events(const admission& admitted, std::string_view body,
                                   const parse_context& ctx, size_t max_items);

/// Number of drafts among the verdicts.
size_t count_drafts(const parsed_items& items) noexcept;

} // namespace carillon::data
