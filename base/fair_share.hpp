#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace carillon {

/// What a bound says to a holder that wants more.
enum class share_verdict : uint8_t {
  granted,
  /// The holder has its share: it waits, others need not. `ec::quota_exceeded`.
  over_share,
  /// The bound as a whole is reached, and not by this holder. `ec::overloaded`.
  full,
};

/// A bound that holders share, each known by a key, such as a company. The threshold is dynamic
/// (Choudhury and Hahne, 1998): a holder may have at most `greed` times what was free before it
/// took more. One that is alone gets nearly `greed / (1 + greed)` of the capacity; `n` that want
/// all get equal parts; and there is always room left for one that has nothing yet, without a list
/// of holders or a part that is set aside for each. What is taken under the empty key belongs to no
/// holder, and is bound by the capacity alone. One thread.
class fair_share {
public:
  /// Part of what is free that a holder may have, unless said otherwise.
  static constexpr double default_greed = 4.0;

  /// @param capacity units in all; what a unit is, the user of the bound knows
  /// @param greed > 0; a large one makes it a plain bound
  explicit fair_share(uint64_t capacity, double greed = default_greed);

  /// Takes `n` units, or none. One that holds nothing gets what fits, however large it is.
  share_verdict take(std::string_view key, uint64_t n);

  /// Counts `n` units that `key` has already, whatever the bound says: at a start, what was stored.
  void hold(std::string_view key, uint64_t n);

  /// Returns `n` units that `key` holds.
  void give_back(std::string_view key, uint64_t n) noexcept;

  uint64_t capacity() const noexcept {
    return capacity_;
  }

  uint64_t used() const noexcept {
    return used_;
  }

  uint64_t used_by(std::string_view key) const noexcept;

  /// How many hold something.
  size_t holders() const noexcept {
    return held_.size();
  }

private:
  struct hash {
    using is_transparent = void;
    size_t operator()(std::string_view x) const noexcept {
      return std::hash<std::string_view>{}(x);
    }
  };

  uint64_t capacity_;
  double greed_;
  uint64_t used_ = 0;
  std::unordered_map<std::string, uint64_t, hash, std::equal_to<>> held_;
};

} // namespace carillon
