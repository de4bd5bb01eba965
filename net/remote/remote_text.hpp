#pragma once

#include "messages/access/principal.hpp"
#include "messages/codec/codec.hpp"
#include "messages/events/log_requests.hpp"
#include "messages/events/publish.hpp"
#include "messages/remote/messages.hpp"
#include "messages/remote/subscription_messages.hpp"

#include <string_view>

namespace carillon::remote {

/// The drafts of a message and the verdicts so far, one per item: those without a code get theirs
/// from the receipts of the drafts, in their order.
struct parsed_publish {
  std::vector<draft_ptr> drafts;
  remote_receipts verdicts;
};

/// Parses and claims what `POST /api/events` takes. Errors: those of `parse_events`, for the whole
/// text.
expected<parsed_publish> parse_publish(std::string_view text, const parse_context& ctx,
                                       const principal& who, size_t max_items);

/// Fills in the receipts of the drafts.
remote_receipts filled(remote_receipts verdicts, const receipts& of_drafts);

/// The query of a reader. Errors: `invalid_argument`, `malformed_json`, `forbidden` (another
/// company than its own).
expected<query_request> parse_query(const remote_query& x, const principal& who);

/// A page of at most `page_bytes`, unless its first event is larger.
remote_page page_of(const query_page& x, size_t page_bytes);

/// A consumer's name: 1–100 characters of `A–Z a–z 0–9 . _ -`.
bool is_consumer_name(std::string_view x) noexcept;

/// The events that a subscriber sees. Errors: as `parse_query`.
expected<event_filter> parse_subscription(const remote_subscribe& x, const principal& who);

} // namespace carillon::remote
