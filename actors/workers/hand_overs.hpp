#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon {

/// What is in the hands of workers: found by its id and by its worker, due at a time. Knows which
/// worker has something of a key. Plain logic.
class hand_overs {
public:
  using clock = std::chrono::steady_clock;

  struct entry {
    /// Another one for each hand-over.
    uint64_t number = 0;
    std::string id;
    /// 0 = it is lost.
    uint64_t holder = 0;
    /// See `worker_credits::worker`.
    std::string owner = {};
    std::string fence;
    /// Empty = none.
    std::string key = {};
    clock::time_point due = {};
    size_t bytes = 0;
    /// Its worker is.
    bool lost = false;
  };

  /// Number and id must be new. An entry stays where it is until it is removed.
  void add(entry x);

  void remove(const entry& x);

  void clear();

  /// Null if it is not there.
  entry* find(const std::string& id);

  /// In any order.
  std::vector<entry*> of(uint64_t holder);

  /// Who has something of this key; null if nobody has. Valid until an entry is added or removed.
  const std::string* owner_of(const std::string& key) const;

  void set_due(entry& x, clock::time_point due);

  /// The entry that is due first; null if there is none.
  const entry* first_due() const;

  bool contains(const std::string& id) const {
    return numbers_.contains(id);
  }

  size_t size() const noexcept {
    return entries_.size();
  }

  /// Of all entries.
  size_t bytes() const noexcept {
    return bytes_;
  }

private:
  struct held_key {
    std::string owner;
    uint32_t deliveries = 0;
  };

  /// By their numbers.
  std::unordered_map<uint64_t, entry> entries_;
  size_t bytes_ = 0;
  /// By their ids.
  std::unordered_map<std::string, uint64_t> numbers_;
  std::unordered_map<std::string, held_key> keys_;
  std::set<std::pair<clock::time_point, uint64_t>> due_;
};

} // namespace carillon
