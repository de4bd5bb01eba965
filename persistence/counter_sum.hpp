#pragma once

#include "messages/events/counters.hpp"
#include "persistence/hours.hpp"

#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace carillon {

/// Adds counts up, and keeps the first counters only. Memory: `limit` rows.
class counter_sum {
public:
  /// @param limit at least 1
  counter_sum(bool by_day, size_t limit) noexcept : by_day_(by_day), limit_(limit) {
  }

  /// Once a counter has been dropped, as enough others come before it, none that comes after it is
  /// kept, so what is kept is complete.
  void add(int64_t hour, std::string_view type, std::string_view company, uint64_t count) {
    const auto begin = begin_of(hour);
    const key_view key{begin, type, company};
    if (const auto at = counts_.find(key); at != counts_.end()) {
      at->second += count;
      return;
    }
    if (counts_.size() >= limit_ && std::prev(counts_.end())->first < key)
      return;
    counts_.emplace(counter_key{begin, type, company}, count);
    if (counts_.size() > limit_)
      counts_.erase(std::prev(counts_.end()));
  }

  /// True if no count of this hour or a later one is kept any more.
  bool is_beyond(int64_t hour) const {
    return counts_.size() >= limit_
           && begin_of(hour) > std::get<0>(std::prev(counts_.end())->first);
  }

  counter_rows rows() const {
    counter_rows out;
    out.reserve(counts_.size());
    for (const auto& [key, count] : counts_) {
      const auto& [begin, type, company] = key;
      out.push_back({begin_of_hour(begin), type, company, count});
    }
    return out;
  }

private:
  using counter_key = std::tuple<int64_t, std::string, std::string>;
  using key_view = std::tuple<int64_t, std::string_view, std::string_view>;

  int64_t begin_of(int64_t hour) const {
    return by_day_ ? first_hour_of_day(hour) : hour;
  }

  bool by_day_;
  size_t limit_;
  std::map<counter_key, uint64_t, std::less<>> counts_;
};

} // namespace carillon
