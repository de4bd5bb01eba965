#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The result of publishing one draft, once it is durable.
struct receipt {
  /// Position of the event; of the first one with this (`company_id`, `source`, `id`) if
  /// there was one already.
  position seq = 0;
  /// True if the event was there already; nothing was appended then.
  bool duplicate = false;
  /// Type of the event that has this (`company_id`, `source`, `id`), if it is another type: the
  /// draft contradicts the stored event. Nothing was appended then.
  std::string conflicting_type;

  bool is_conflict() const noexcept {
    return !conflicting_type.empty();
  }

  friend bool operator==(const receipt&, const receipt&) = default;
};

/// The receipt of a draft whose (`company_id`, `source`, `id`) an event of this type, at this
/// position, has already: a repeat if the types are the same, else a conflict.
receipt first_event(position seq, std::string_view type, const event& draft);

/// One receipt per draft, in their order.
using receipts = std::vector<receipt>;

/// A request to publish drafts, made outside or inside of the actor system. It is completed exactly
/// once: by the router when the drafts are durable or rejected, or with `shutting_down` when the
/// last reference goes. All drafts were considered (a receipt for each), or the call failed. A long
/// call is appended in several transactions, between which other calls get their turn. After
/// `timeout` and `store_unavailable` a part of it may be durable; publishing the same ids again is
/// safe.
class publish_call {
public:
  using callback = std::function<void(expected<receipts>)>;
  using time_point = std::chrono::steady_clock::time_point;

  /// @param drafts at least one; owned by the call until it is completed
  /// @param deadline the router answers `timeout` to a call it holds longer
  /// @param done runs once, on the thread that completes the call; must not block or throw
  /// @param company the company that the caller is bound to; the call counts against its share and
  ///        waits for its turn. Empty for the operator's own software
  publish_call(std::vector<draft_ptr> drafts, time_point deadline, callback done,
               std::string company = {});
  publish_call(const publish_call&) = delete;
  publish_call& operator=(const publish_call&) = delete;
  ~publish_call();

  /// Answers the caller; all but the first call do nothing. Thread-safe.
  void complete(expected<receipts> result) noexcept;

  /// Only the router and the log writer touch the drafts.
  std::vector<draft_ptr>& drafts() noexcept {
    return drafts_;
  }

  /// Sum of `footprint_bytes` of the drafts when the call was made.
  size_t bytes() const noexcept {
    return bytes_;
  }

  size_t size() const noexcept {
    return size_;
  }

  const std::string& company() const noexcept {
    return company_;
  }

  time_point deadline() const noexcept {
    return deadline_;
  }

private:
  std::vector<draft_ptr> drafts_;
  size_t bytes_ = 0;
  size_t size_ = 0;
  time_point deadline_;
  callback done_;
  std::string company_;
  std::atomic<bool> completed_{false};
};

using publish_call_ptr = std::shared_ptr<publish_call>;

/// A call with one draft, of which nobody is told what became: if it is lost, so is what it says.
publish_call_ptr unawaited_call(draft_ptr draft, publish_call::time_point deadline);

/// The drafts of a call, as the router sends them to the log writer.
struct append_request {
  std::shared_ptr<std::vector<draft_ptr>> drafts;
  /// Company whose turn it waits for.
  std::string company;
};

/// The log writer's answer.
struct append_result {
  /// One per draft, in their order; after a `fault` only of those that were considered.
  receipts items;
  /// Events that were appended since the last answer that had some, in one run: those of this
  /// request, and of others that shared a transaction with it. Null if there are none.
  event_batch_ptr batch;
  /// Why the rest of the request was not appended: `store_unavailable` or `store_refused`.
  std::optional<failure> fault;
};

using append_result_ptr = std::shared_ptr<const append_result>;

} // namespace carillon
