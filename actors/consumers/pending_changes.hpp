#pragma once

#include "messages/consumers/effects.hpp"
#include "messages/consumers/event_statements.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/events/event.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// What waits for the next commit of a consumer, besides its window: effects, the last error, and
/// who is to be told. Plain logic.
class pending_changes {
public:
  using calls = std::vector<std::function<void()>>;

  // -- changes ----------------------------------------------------------------

  /// An event was offered to the window.
  void note_offered() noexcept {
    ++events_;
    worked_ = true;
  }

  /// Something was done that should not wait for the long interval.
  void note_work() noexcept {
    worked_ = true;
  }

  /// The last error of the handler changed.
  void note_error(std::string x) {
    last_error_ = std::move(x);
  }

  /// Takes the rows out of `x`.
  void add(effects& x) {
    effects_.take(x);
  }

  /// Adds the effects of a delivery that has succeeded unless the store refuses its statements.
  /// They wait until a commit covers the event: a crash repeats it before, and not afterwards.
  void add(event_statements x) {
    statements_.push_back(std::move(x));
  }

  /// Called once all changes so far are in the store; hastens the commit.
  void call_when_durable(std::function<void()> x) {
    waiting_.push_back(std::move(x));
  }

  // -- properties -------------------------------------------------------------

  /// A commit with this cursor has something of them.
  bool concern(position cursor) const;

  /// Nothing was done since the last commit that needs one.
  bool empty() const noexcept {
    return effects_.empty() && statements_.empty() && !worked_;
  }

  /// They should not wait for the long interval.
  bool worked() const noexcept {
    return worked_;
  }

  /// Events that no commit covers yet.
  size_t events() const noexcept {
    return events_;
  }

  /// Rows of effects that no commit covers yet.
  size_t rows() const noexcept {
    return effects_.size();
  }

  /// A commit with this cursor has statements.
  bool has_statements(position cursor) const;

  /// The first event whose statements no commit with this cursor has.
  position first_uncovered(position cursor) const;

  /// Somebody waits for the commit.
  bool awaited() const noexcept {
    return !waiting_.empty();
  }

  // -- committing -------------------------------------------------------------

  /// Puts them into the commit, whose cursor is set. Returns whom to call once it is in the store.
  /// @param events those that the commit does not cover
  calls move_to(consumer_commit& to, size_t events);

private:
  void move_statements(consumer_commit& to);

  effects effects_;
  std::vector<event_statements> statements_;
  /// Empty = unchanged.
  std::optional<std::string> last_error_;
  calls waiting_;
  size_t events_ = 0;
  bool worked_ = false;
};

} // namespace carillon
