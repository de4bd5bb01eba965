#pragma once

#include "messages/access/claim.hpp"
#include "messages/codec/codec.hpp"
#include "messages/codec/event_array.hpp"
#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

namespace carillon::data {

/// True if the body holds an array of events.
bool is_batch(body_form form, std::string_view body) noexcept;

/// Parses the one event of a body and applies the tenant rules.
/// Errors: those of the codec, `forbidden`.
expected<draft_ptr> take_event(const admission& admitted, const request_head& head,
                               std::string_view body, const parse_context& ctx);

/// The array of a body, still to be parsed. The body outlives it.
event_array array_of(const admission& admitted, std::string_view body, size_t max_items);

/// Applies the tenant rules to parsed items.
parsed_items claimed(const admission& admitted, parsed_items items);

/// Number of drafts among the verdicts.
size_t count_drafts(const parsed_items& items) noexcept;

} // namespace carillon::data
