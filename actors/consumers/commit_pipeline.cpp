#include "actors/consumers/commit_pipeline.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace carillon {

namespace {

/// True if a crash after a commit with this cursor does not repeat the delivery.
bool is_covered(const event_statements& x, position cursor) {
  return x.if_refused.replay_id != 0 || x.if_refused.seq <= cursor;
}

} // namespace

commit_pipeline::commit_pipeline(std::string consumer, std::string share,
                                 const consumer_options& options)
  : consumer_(std::move(consumer)), share_(std::move(share)), options_(options) {
}

void commit_pipeline::look_for_changes(const delivery_window& window, clock::time_point now) {
  if (changed_at_)
    return;
  bool changed = !effects_.empty() || last_error_ || window.changed()
                 || std::any_of(statements_.begin(), statements_.end(),
                                [&](const auto& x) { return is_covered(x, window.cursor()); });
  if (changed)
    changed_at_ = now;
}

std::optional<commit_pipeline::clock::time_point> commit_pipeline::due(bool hurry) const {
  if (commit_ != nullptr || !changed_at_)
    return std::nullopt;
  if (hurry || uncommitted_ >= options_.uncommitted_events / 2 || !waiting_.empty())
    return *changed_at_;
  return *changed_at_ + (worked_ ? options_.commit_interval : options_.idle_commit_interval);
}

const consumer_commit& commit_pipeline::prepare(delivery_window& window, timestamp now) {
  commit_ = std::make_shared<consumer_commit>();
  commit_->consumer = consumer_;
  commit_->generation = generation_;
  commit_->share = share_;
  commit_->now = now;
  window.take_changes(*commit_);
  commit_->effects = std::exchange(effects_, {});
  take_statements();
  commit_->last_error = std::exchange(last_error_, std::nullopt);
  // The commit does not include out-of-order completions ahead of the cursor.
  answers_.begin_commit(window.done_ahead());
  waiting_in_commit_ = std::exchange(waiting_, {});
  changed_at_.reset();
  uncommitted_ = window.waiting();
  worked_ = false;
  return *commit_;
}

consumer_commit_ptr commit_pipeline::submit() {
  if (commit_ == nullptr || under_way_)
    return nullptr;
  under_way_ = true;
  return commit_;
}

void commit_pipeline::take_statements() {
  auto kept = std::stable_partition(
    statements_.begin(), statements_.end(),
    [this](const event_statements& x) { return is_covered(x, commit_->cursor); });
  if (kept == statements_.begin())
    return;
  commit_->refused = std::make_shared<refused_deliveries>();
  commit_->effects.rows<event_statements>().assign(std::make_move_iterator(statements_.begin()),
                                                   std::make_move_iterator(kept));
  statements_.erase(statements_.begin(), kept);
}

std::vector<retry_row> commit_pipeline::succeed() {
  std::vector<retry_row> refused;
  if (commit_->refused != nullptr)
    refused = std::move(commit_->refused->rows);
  committed_ = commit_->cursor;
  commit_.reset();
  under_way_ = false;
  answers_.end_commit();
  for (auto& done : std::exchange(waiting_in_commit_, {}))
    done();
  return refused;
}

position commit_pipeline::durable_cursor(const delivery_window& window) const {
  const bool nothing_to_commit
    = commit_ == nullptr && effects_.empty() && statements_.empty() && !worked_;
  return nothing_to_commit ? window.cursor() : committed_;
}

} // namespace carillon
