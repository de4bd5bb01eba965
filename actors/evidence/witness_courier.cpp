#include "actors/evidence/witness_courier.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void witness_courier::offer(const signed_head& x) {
  waiting_ = x;
}

void witness_courier::work(time_point now, const witness::callback& done) {
  if (!waiting_ || in_hand_ || now < not_before_)
    return;
  in_hand_ = std::exchange(waiting_, std::nullopt);
  given_ = now;
  late_ = false;
  to_->give(in_hand_->note, done);
}

bool witness_courier::settle(time_point now, const std::string& trouble) {
  if (!in_hand_)
    return false;
  auto settled = *std::exchange(in_hand_, std::nullopt);
  const bool was_in_trouble = !trouble_.empty();
  trouble_ = trouble;
  if (trouble_.empty()) {
    pause_ = std::chrono::seconds{0};
    not_before_ = time_point::min();
    has_ = std::move(settled);
    return was_in_trouble;
  }
  if (!late_)
    ++failures_;
  pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
  not_before_ = now + pause_;
  if (!waiting_)
    waiting_ = std::move(settled);
  return !was_in_trouble;
}

bool witness_courier::overdue(time_point now) {
  if (!is_busy() || now - given_ < patience_)
    return false;
  late_ = true;
  ++failures_;
  const bool was_in_trouble = !trouble_.empty();
  trouble_ = "it has not answered for " + std::to_string(patience_.count()) + " ms";
  return !was_in_trouble;
}

witness_status witness_courier::status() const {
  return {.to = to_->shown(),
          .size = has_.size,
          .time = has_.time,
          .failures = failures_,
          .trouble = trouble_};
}

std::string witness_courier::line() const {
  if (trouble_.empty())
    return "the witness " + to_->named() + " has the checkpoints again";
  return "the witness " + to_->named() + " does not get the checkpoints: " + trouble_;
}

} // namespace carillon
