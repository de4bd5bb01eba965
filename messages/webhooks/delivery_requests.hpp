#pragma once

#include "messages/access/operator_stamp.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/webhooks/delivery.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about deliveries of webhooks; see `webhook_requests`. A given
// `company_id` must be the one of the webhook or, where said, of the event, else it is `not_found`.
// Changes write their audit row in the same transaction.

/// A page of deliveries; `next` is the `beyond` of the next one, empty at the end.
struct webhook_delivery_page {
  std::vector<webhook_delivery> items;
  std::optional<webhook_delivery_key> next;
};

/// Newest event first, within a webhook or (`seq` is given) of one event. If matching deliveries
/// are rare, a page may have fewer than `limit` or none although there is a `next`.
struct list_webhook_deliveries {
  using answer = webhook_delivery_page;
  std::optional<uint64_t> webhook_id;
  std::optional<position> seq;
  /// Of the event.
  std::optional<std::string> company_id;
  std::optional<webhook_delivery_state> state;
  /// Keyset: only deliveries after this one.
  std::optional<webhook_delivery_key> beyond;
  /// 1–1000.
  size_t limit = 100;
};

using webhook_delivery_history_ptr = std::shared_ptr<const webhook_delivery_history>;

/// A delivery with its attempts. Errors: `not_found`.
struct get_webhook_delivery {
  using answer = webhook_delivery_history_ptr;
  webhook_delivery_key key;
  /// Of the event.
  std::optional<std::string> company_id;
};

/// Makes a delivery due now, in any state, with its attempts by the schedule counted anew. Removes
/// its dead letter and activates the webhook. Answers the row. Errors: `not_found`.
struct resend_webhook_delivery {
  using answer = retry_row;
  webhook_delivery_key key;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Deliveries that are due again.
struct recovered_rows {
  std::vector<retry_row> rows;
  /// More than `limit` matched.
  bool more = false;
};

/// The same for the failed deliveries of a webhook that were created (their first attempt began) in
/// `[since, until)`, including those of replays, oldest first. Writes one audit row, unless there
/// are no such deliveries.
struct recover_webhook {
  using answer = recovered_rows;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  timestamp since;
  std::optional<timestamp> until;
  /// 1–1000.
  size_t limit = 1'000;
  operator_stamp by;
};

/// Deletes the oldest deliveries with their attempts: those created before `before`, and those in
/// excess of `keep`; at most `limit` of them. Retrying ones stay.
struct trim_webhook_deliveries {
  using answer = uint64_t;
  timestamp before;
  uint64_t keep = 0;
  size_t limit = 1'000;
};

} // namespace carillon
