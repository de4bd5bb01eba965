#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/intake.hpp"
#include "actors/consumers/store_pause.hpp"

#include <functional>

namespace carillon {

/// Keeps an intake supplied: asks the log for pages, and returns the credit of live batches. Used
/// in the consumer's actor only.
class log_feed {
public:
  /// Where it gets events from, and where they go; all outlive the feed.
  struct links {
    consumer_actor::pointer self;
    const consumer_env& env;
    store_pause& store;
    intake_sink& out;
  };

  /// @param progress called when a page has come or failed
  log_feed(links to, event_filter filter, std::function<void()> progress);

  // -- input ------------------------------------------------------------------

  void start_after(position cursor) {
    intake_.start_after(cursor);
  }

  void see_head(position x) {
    intake_.see_head(x);
  }

  void push(event_batch_ptr x) {
    intake_.push(std::move(x));
  }

  /// Supplies what there is and room for, and asks for a page if the log has more.
  void supply();

  /// The page under way is not wanted any more.
  void drain() noexcept {
    draining_ = true;
  }

  // -- properties -------------------------------------------------------------

  /// The log has events that can be read now.
  bool may_read() const;

  position head() const noexcept {
    return intake_.head();
  }

  bool catching_up() const noexcept {
    return intake_.catching_up();
  }

  /// See `intake::first_pending`.
  const event* first_pending() const noexcept {
    return intake_.first_pending();
  }

private:
  void read_page();
  void on_page(const event_page& page);
  void acknowledge(size_t batches);

  links to_;
  std::function<void()> progress_;
  intake intake_;
  bool draining_ = false;
};

} // namespace carillon
