#include "actors/consumers/commit_pipeline.hpp"

#include <utility>

namespace carillon {

commit_pipeline::commit_pipeline(std::string consumer, std::string share,
                                 const consumer_options& options)
  : consumer_(std::move(consumer)), share_(std::move(share)), options_(options) {
}

void commit_pipeline::look_for_changes(const delivery_window& window, clock::time_point now) {
  if (changed_at_)
    return;
  if (window.changed() || changes_.concern(window.cursor()))
    changed_at_ = now;
}

std::optional<commit_pipeline::clock::time_point> commit_pipeline::due(bool hurry) const {
  if (commit_ != nullptr || !changed_at_)
    return std::nullopt;
  if (hurry || changes_.awaited() || changes_.events() >= options_.uncommitted_events / 2
      || changes_.rows() >= options_.uncommitted_rows / 2)
    return *changed_at_;
  return *changed_at_
         + (changes_.worked() ? options_.commit_interval : options_.idle_commit_interval);
}

const consumer_commit& commit_pipeline::prepare(delivery_window& window, timestamp now) {
  commit_ = std::make_shared<consumer_commit>();
  commit_->consumer = consumer_;
  commit_->generation = generation_;
  commit_->share = share_;
  commit_->now = now;
  window.take_changes(*commit_);
  waiting_in_commit_ = changes_.move_to(*commit_, window.waiting());
  // The commit does not include out-of-order completions ahead of the cursor.
  answers_.begin_commit(window.done_ahead());
  changed_at_.reset();
  return *commit_;
}

consumer_commit_ptr commit_pipeline::submit() {
  if (commit_ == nullptr || under_way_)
    return nullptr;
  under_way_ = true;
  return commit_;
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
  return commit_ == nullptr && changes_.empty() ? window.cursor() : committed_;
}

} // namespace carillon
