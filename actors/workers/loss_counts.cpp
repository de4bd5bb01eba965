#include "actors/workers/loss_counts.hpp"

namespace carillon {

bool loss_counts::add(const std::string& id) {
  if (++losses_[id] >= most_lost) {
    losses_.erase(id);
    return true;
  }
  if (losses_.size() > most_remembered)
    losses_.clear();
  return false;
}

} // namespace carillon
