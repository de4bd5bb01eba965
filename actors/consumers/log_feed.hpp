#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/intake.hpp"
#include "actors/consumers/store_pause.hpp"

#include <functional>

namespace carillon {

/// Keeps an intake supplied, and moves its events on: asks the log for pages, and returns the
/// credit of live batches. Used in the consumer's actor only.
class log_feed {
public:
  /// Where it gets events from, and where they go; all outlive the feed.
  struct links {
    consumer_actor::pointer self;
    const consumer_env& env;
    store_pause& store;
    intake& in;
    intake_sink& out;
  };

  /// @param progress called when a page has come or failed
  log_feed(links to, std::function<void()> progress);

  /// Supplies what there is and room for, and asks for a page if the log has more.
  void supply();

  /// The page under way is not wanted any more.
  void drain() noexcept {
    draining_ = true;
  }

  /// The log has events that can be read now.
  bool may_read() const;

private:
  void read_page();
  void on_page(const event_page& page);
  void acknowledge(size_t batches);

  links to_;
  std::function<void()> progress_;
  bool draining_ = false;
};

} // namespace carillon
