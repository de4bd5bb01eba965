#include "net/data/answer_queue.hpp"

#include <algorithm>
#include <utility>

namespace carillon::data {

namespace {

/// Answered slots that may stay in front before they are cut off.
constexpr size_t spent_slots = 64;

} // namespace

uint64_t answer_queue::push(answer_slot x) {
  items_ += x.items;
  slots_.push_back(std::move(x));
  return next() - 1;
}

answer_slot* answer_queue::unanswered(uint64_t request) noexcept {
  if (request < first_)
    return nullptr;
  auto& x = slots_[head_ + static_cast<size_t>(request - first_)];
  return x.done ? nullptr : &x;
}

bool answer_queue::has_calls() const noexcept {
  return std::any_of(slots_.begin() + static_cast<ptrdiff_t>(head_), slots_.end(),
                     [](const answer_slot& x) { return x.call != nullptr; });
}

std::vector<std::shared_ptr<handed_call>> answer_queue::cancel() {
  std::vector<std::shared_ptr<handed_call>> out;
  for (auto i = head_; i < slots_.size(); ++i)
    if (auto& x = slots_[i]; x.call != nullptr) {
      out.push_back(std::exchange(x.call, nullptr));
      x.cancelled = true;
    }
  return out;
}

std::optional<uint64_t> answer_queue::late(time_point now) const noexcept {
  auto begin = slots_.begin() + static_cast<ptrdiff_t>(head_);
  auto i = std::find_if(begin, slots_.end(),
                        [now](const answer_slot& x) { return !x.done && x.deadline <= now; });
  if (i == slots_.end())
    return std::nullopt;
  return first_ + static_cast<uint64_t>(i - begin);
}

/// Moves finished answers to `out`, up to the first unfinished one. The first is there already.
void answer_queue::retire(std::string& out) {
  auto is_first = true;
  while (!empty() && slots_[head_].done) {
    auto& x = slots_[head_];
    if (!is_first)
      out += x.text;
    is_first = false;
    items_ -= x.items;
    closes_ = closes_ || x.close;
    x.text = {};
    ++head_;
    ++first_;
  }
  if (empty()) {
    slots_.clear();
    head_ = 0;
  } else if (head_ >= spent_slots) {
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
}

} // namespace carillon::data
