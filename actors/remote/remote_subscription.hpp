#pragma once

#include "messages/bounds.hpp"
#include "messages/remote/hub.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace carillon {

/// Position and credit of one subscriber: what was sent, and what of it is acknowledged.
class remote_subscription {
public:
  /// Unacknowledged bytes beyond which nothing is sent, and events and bytes of a page.
  static constexpr size_t window_bytes = 1024UL * 1024;
  static constexpr size_t page_events = 256;
  static constexpr size_t page_bytes = 256UL * 1024;

  remote_subscription(subscription_name consumer, event_filter filter, size_t credit,
                      remote_link_ptr link, bound_lease place);

  /// Goes on behind the durable cursor.
  /// @param generation as `consumer_record::generation`
  void begin(position cursor, uint64_t generation = 1) noexcept;

  /// What its commits name.
  uint64_t generation() const noexcept {
    return generation_;
  }

  bool begun() const noexcept {
    return begun_;
  }

  /// Events that may be sent now.
  size_t room() const noexcept;

  /// The next page of the log.
  read_request next_page() const;

  /// Sends the events, if there are any; the log has been looked through up to `up_to`.
  void send(const std::vector<event_ptr>& events, position up_to);

  /// Sends what is for this subscriber of a live batch. False if the log has to be read instead: it
  /// continues elsewhere, or there is no room for all.
  bool offer(const event_batch& x);

  /// Errors: `invalid_argument` for a position that was not sent.
  expected<void> acknowledge(position up_to);

  /// Nothing waits for an acknowledgement.
  bool idle() const noexcept {
    return unacknowledged_.empty();
  }

  /// The commit of this cursor is durable.
  void committed(position x) noexcept;

  position cursor() const noexcept {
    return cursor_;
  }
  position sent_to() const noexcept {
    return sent_to_;
  }
  const subscription_name& consumer() const noexcept {
    return consumer_;
  }
  const remote_link_ptr& link() const noexcept {
    return link_;
  }

  /// A page is on its way.
  bool reading = false;
  /// A commit of a cursor beyond events of others is on its way.
  bool skipping = false;

private:
  struct sent {
    position up_to = 0;
    size_t events = 0;
    size_t bytes = 0;
  };

  const subscription_name consumer_;
  const event_filter filter_;
  const size_t credit_;
  const remote_link_ptr link_;
  const bound_lease place_;
  bool begun_ = false;
  position cursor_ = 0;
  uint64_t generation_ = 0;
  position sent_to_ = 0;
  std::deque<sent> unacknowledged_;
  size_t events_ = 0;
  size_t bytes_ = 0;
};

} // namespace carillon
