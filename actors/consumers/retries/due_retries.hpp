#pragma once

#include "actors/consumers/commit_pipeline.hpp"
#include "actors/consumers/consumer_env.hpp"
#include "actors/consumers/consumer_settings.hpp"
#include "actors/consumers/delivery_window.hpp"
#include "actors/consumers/runners/delivery_runner.hpp"

#include <map>

namespace carillon {

/// Rows of a consumer that are due: reads their events, and makes deliveries of them, or dead
/// letters where no attempt is left. A dead letter is reported to the log before it is stored, so
/// that a crash between the two repeats the report, under the same id. Used in the consumer's
/// actor.
class due_retries {
public:
  /// @param self,env,spec,window,commits,listener outlive this
  due_retries(consumer_actor::pointer self, const consumer_env& env, const consumer_settings& spec,
              delivery_window& window, commit_pipeline& commits, delivery_listener& listener);

  /// Begins with the rows that are due now, of events before this one.
  void start(position before);

  /// Whether the log has the report of a dead letter.
  void on_reported(delivery_key x, bool noted);

private:
  void fetch(const retry_row& row);
  void on_fetched(const retry_row& row, const event_ptr& x);
  void give_up(const retry_row& row, const event* x);
  void report(delivery_key key, draft_ptr draft);
  void postpone(delivery_key x);

  consumer_actor::pointer self_;
  const consumer_env& env_;
  const consumer_settings& spec_;
  delivery_window& window_;
  commit_pipeline& commits_;
  delivery_listener& listener_;
  /// Dead letters that wait for their report.
  std::map<delivery_key, dead_letter> giving_up_;
};

} // namespace carillon
