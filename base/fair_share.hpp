#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace carillon {

/// Verdict of a bound on a holder that wants more.
enum class share_verdict : uint8_t {
  granted,
  /// The holder has used up its share: it waits, others need not. `ec::quota_exceeded`.
  over_share,
  /// The bound as a whole is reached, and not by this holder. `ec::overloaded`.
  full,
};

/// A bound that holders share, each known by a key, such as a company. The threshold is dynamic
/// (Choudhury and Hahne, 1998): a holder may have at most `greed` times what was free before it
/// took more. A single holder gets nearly `greed / (1 + greed)` of the capacity; `n` greedy holders
/// get equal parts. Room is always left for a new holder, without a list of holders or a reserve
/// for each. Units taken under the empty key belong to no holder; only the capacity limits them.
/// One thread.
class fair_share {
public:
  /// Default of `greed`: most units of a holder per unit that was free.
  static constexpr double default_greed = 4.0;

  /// @param capacity all units; the caller defines what a unit is
  /// @param greed > 0; a large one makes it a plain bound
  explicit fair_share(uint64_t capacity, double greed = default_greed);

  /// Takes `n` units, or none. A holder without units gets any amount that fits.
  share_verdict take(std::string_view key, uint64_t n);

  /// Counts `n` units that `key` has already, even beyond the bound; for stored units at a start.
  void hold(std::string_view key, uint64_t n);

  /// Returns `n` units that `key` holds.
  void give_back(std::string_view key, uint64_t n) noexcept;

  uint64_t capacity() const noexcept {
    return capacity_;
  }

  uint64_t used() const noexcept {
    return used_;
  }

  /// Units that `key` holds.
  uint64_t used_by(std::string_view key) const noexcept;

  /// Number of holders that hold at least one unit.
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
