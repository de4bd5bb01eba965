#include "net/data/served_calls.hpp"

namespace carillon::data {

void served_calls::add(uint64_t request, std::shared_ptr<handed_call> x) {
  answers_.unanswered(request)->call = std::move(x);
}

served_calls::verdict served_calls::take(uint64_t request, whole_answer& x) {
  const auto* slot = answers_.unanswered(request);
  auto unsent = std::exchange(x.unsent, {});
  if (slot == nullptr || (slot->cancelled && unsent)) {
    if (unsent)
      unsent();
    return slot == nullptr ? verdict::drop : verdict::refuse;
  }
  if (unsent)
    unsent_.emplace_back(request, std::move(unsent));
  return verdict::send;
}

void served_calls::cancel() {
  for (const auto& x : answers_.cancel())
    x->cancel();
}

void served_calls::all_sent() {
  if (!unsent_.empty())
    std::erase_if(unsent_, [this](const auto& x) { return answers_.has_left(x.first); });
}

void served_calls::lose() {
  cancel();
  for (auto& [request, tell] : std::exchange(unsent_, {}))
    tell();
}

} // namespace carillon::data
