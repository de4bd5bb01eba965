#pragma once

#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/delivery_window.hpp"
#include "actors/consumers/pending_changes.hpp"
#include "actors/consumers/runners/unsettled_answers.hpp"
#include "messages/consumers/rows.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// How progress becomes durable: one commit at a time, of all that has changed since the last. A
/// commit that fails is sent again unchanged. Plain logic without threads or I/O: the consumer
/// sends the commits.
class commit_pipeline {
public:
  using clock = std::chrono::steady_clock;

  commit_pipeline() = default;
  /// @param share as `consumer_commit::share`
  commit_pipeline(std::string consumer, std::string share, const consumer_options& options);

  // -- changes ----------------------------------------------------------------

  /// The cursor in the store is known.
  void start(position committed, uint64_t generation) noexcept {
    committed_ = committed;
    generation_ = generation;
  }

  /// What the next commit will contain, besides what the window does.
  pending_changes& changes() noexcept {
    return changes_;
  }

  // -- committing -------------------------------------------------------------

  /// Notes since when there are changes. Call it after each change of `window`.
  void look_for_changes(const delivery_window& window, clock::time_point now);

  /// When the next commit is to be prepared; empty while one is under way or nothing has changed.
  std::optional<clock::time_point> due(bool hurry) const;

  /// Puts all changes into the next commit. Call it when `due`.
  const consumer_commit& prepare(delivery_window& window, timestamp now);

  /// The commit to send now; null if there is none or it was sent. It ends by `succeed` or `fail`.
  consumer_commit_ptr submit();

  /// Returns the rows of deliveries whose statements the store refused.
  std::vector<retry_row> succeed();

  /// The commit is to be submitted again.
  void fail() noexcept {
    under_way_ = false;
  }

  // -- properties -------------------------------------------------------------

  /// The cursor of the last commit that is in the store.
  position committed() const noexcept {
    return committed_;
  }

  /// Everything up to here is durably done: the handler does not see it again after a crash. Events
  /// that do not concern the handler need no commit for that.
  position durable_cursor(const delivery_window& window) const;

  /// Too many events, or rows of effects, wait for their commit.
  bool full() const noexcept {
    return changes_.events() >= options_.uncommitted_events
           || changes_.rows() >= options_.uncommitted_rows;
  }

  /// The next commit has statements, or they are under way: whether their deliveries have succeeded
  /// is not known.
  bool has_statements(const delivery_window& window) const {
    return (commit_ != nullptr && commit_->refused != nullptr)
           || changes_.has_statements(window.cursor());
  }

  /// The first event that has succeeded, if its statements are not refused, and that the cursor has
  /// not reached.
  position first_uncovered(const delivery_window& window) const {
    return changes_.first_uncovered(window.cursor());
  }

  /// Answers of an actor, whose places commits free.
  unsettled_answers& answers() noexcept {
    return answers_;
  }

  const unsettled_answers& answers() const noexcept {
    return answers_;
  }

  /// Changes wait for their commit, or it is under way.
  bool busy() const noexcept {
    return commit_ != nullptr || changed_at_.has_value();
  }

private:
  std::string consumer_;
  std::string share_;
  consumer_options options_;
  pending_changes changes_;
  /// Since when there are changes.
  std::optional<clock::time_point> changed_at_;
  unsettled_answers answers_;
  /// Kept until it succeeds.
  std::shared_ptr<consumer_commit> commit_;
  pending_changes::calls waiting_in_commit_;
  bool under_way_ = false;
  /// The cursor in the store.
  position committed_ = 0;
  uint64_t generation_ = 0;
};

} // namespace carillon
