#include "actors/workers/hand_overs.hpp"

namespace carillon {

void hand_overs::add(entry x) {
  bytes_ += x.bytes;
  numbers_[x.id] = x.number;
  due_.emplace(x.due, x.number);
  if (!x.key.empty()) {
    auto& own = keys_[x.key];
    own.owner = x.owner;
    ++own.deliveries;
  }
  auto number = x.number;
  entries_.try_emplace(number, std::move(x));
}

void hand_overs::remove(const entry& x) {
  due_.erase({x.due, x.number});
  numbers_.erase(x.id);
  bytes_ -= x.bytes;
  if (auto key = keys_.find(x.key); key != keys_.end() && --key->second.deliveries == 0)
    keys_.erase(key);
  entries_.erase(entries_.find(x.number));
}

void hand_overs::clear() {
  entries_.clear();
  numbers_.clear();
  keys_.clear();
  due_.clear();
  bytes_ = 0;
}

hand_overs::entry* hand_overs::find(const std::string& id) {
  auto number = numbers_.find(id);
  return number == numbers_.end() ? nullptr : &entries_.at(number->second);
}

std::vector<hand_overs::entry*> hand_overs::of(uint64_t holder) {
  std::vector<entry*> out;
  for (auto& [number, x] : entries_)
    if (x.holder == holder)
      out.push_back(&x);
  return out;
}

const std::string* hand_overs::owner_of(const std::string& key) const {
  auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : &found->second.owner;
}

void hand_overs::set_due(entry& x, clock::time_point due) {
  due_.erase({x.due, x.number});
  x.due = due;
  due_.emplace(due, x.number);
}

const hand_overs::entry* hand_overs::first_due() const {
  return due_.empty() ? nullptr : &entries_.at(due_.begin()->second);
}

} // namespace carillon
