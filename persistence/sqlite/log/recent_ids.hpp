#pragma once

#include "base/sip_hash.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace carillon::sqlite {

/// Where the ids of recent events are: 64-bit hashes of company, source and id with their
/// positions, 16 bytes each in a table that is at most half full. Two events may have the same
/// hash, so a hit has to be compared with the event. One thread.
class recent_ids {
public:
  recent_ids();

  uint64_t hash_of(std::string_view company, std::string_view source,
                   std::string_view id) const noexcept {
    return sip_hash(key_, {company, source, id});
  }

  void add(uint64_t hash, position seq);

  /// Calls `f` (position) for the entries of a hash until it answers true; false if it never does.
  template <class F>
  bool any(uint64_t hash, F&& f) const {
    for (auto i = hash & mask(); table_[i].seq != 0; i = (i + 1) & mask())
      if (table_[i].hash == hash && f(table_[i].seq))
        return true;
    return false;
  }

  /// Forgets the positions up to this one.
  void forget_to(position x);

  void clear();

  size_t size() const noexcept {
    return size_;
  }

private:
  struct entry {
    uint64_t hash = 0;
    /// 0 = a free place.
    position seq = 0;
  };

  uint64_t mask() const noexcept {
    return table_.size() - 1;
  }

  void put(const entry& x) noexcept;

  /// Drawn at random: publishers cannot choose ids that collide.
  sip_key key_;
  /// A power of two.
  std::vector<entry> table_;
  size_t size_ = 0;
};

} // namespace carillon::sqlite
