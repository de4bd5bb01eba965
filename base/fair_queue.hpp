#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace carillon {

/// A queue in which keys, such as companies, take turns: deficit round robin (Shreedhar and
/// Varghese, 1996). Items of one key keep their order. With each turn a key earns `quantum` units
/// of cost, and its front item leaves once its cost is earned. So each key gets the same part of
/// the throughput regardless of what its items cost, and waits for at most one turn of each other
/// key. The queue is unbounded: the producer must bound it. One thread.
template <class T>
class fair_queue {
public:
  /// @param quantum > 0; about the cost of a usual item
  explicit fair_queue(uint64_t quantum) : quantum_(quantum) {
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  size_t size() const noexcept {
    return size_;
  }

  /// Number of keys with items.
  size_t keys() const noexcept {
    return turns_.size();
  }

  void push(std::string_view key, T x, uint64_t cost) {
    auto found = lanes_.find(std::string{key});
    if (found == lanes_.end()) {
      turns_.push_back({std::string{key}, {}, 0, false});
      found = lanes_.emplace(std::string{key}, std::prev(turns_.end())).first;
    }
    found->second->items.push_back({std::move(x), cost});
    ++size_;
  }

  /// The item that leaves next. The queue is not empty.
  T& front() {
    return settle().items.front().what;
  }

  /// Takes it.
  T pop() {
    auto& first = settle();
    auto out = std::move(first.items.front());
    first.items.pop_front();
    first.earned -= out.cost;
    --size_;
    if (first.items.empty())
      retire(turns_.begin());
    return std::move(out.what);
  }

  /// Removes each item for which `f(item)` is true.
  template <class F>
  void remove_if(F&& f) {
    for (auto i = turns_.begin(); i != turns_.end();) {
      const auto before = i->items.size();
      std::erase_if(i->items, [&](entry& x) { return f(x.what); });
      size_ -= before - i->items.size();
      i = i->items.empty() ? retire(i) : std::next(i);
    }
  }

private:
  struct entry {
    T what;
    uint64_t cost;
  };

  struct lane {
    std::string key;
    std::deque<entry> items;
    uint64_t earned;
    /// It has earned this turn's quantum.
    bool has_turn;
  };

  using lanes = std::list<lane>;

  typename lanes::iterator retire(typename lanes::iterator x) {
    lanes_.erase(x->key);
    return turns_.erase(x);
  }

  /// Moves to the lane whose front item has been earned.
  lane& settle() {
    for (;;) {
      auto& first = turns_.front();
      if (!std::exchange(first.has_turn, true))
        first.earned += quantum_;
      if (first.items.front().cost <= first.earned)
        return first;
      if (turns_.size() == 1) {
        // No other key waits: its turns come one after the other.
        first.earned = first.items.front().cost;
        return first;
      }
      first.has_turn = false;
      turns_.splice(turns_.end(), turns_, turns_.begin());
    }
  }

  uint64_t quantum_;
  size_t size_ = 0;
  /// In the order of their turns; each has items.
  lanes turns_;
  std::unordered_map<std::string, typename lanes::iterator> lanes_;
};

} // namespace carillon
