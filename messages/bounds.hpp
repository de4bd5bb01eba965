#pragma once

#include "base/failure.hpp"
#include "base/fair_share.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// What a bound comes to, as `GET /api/limits` and the series show it.
struct bound_status {
  std::string name;
  /// `events`, `bytes`, `sessions` …
  std::string unit;
  uint64_t capacity = 0;
  uint64_t used = 0;
  /// What the company that was asked for holds.
  uint64_t own = 0;
  /// How many companies hold something.
  size_t holders = 0;
  /// Requests that were refused: the company had its share, or the bound was reached.
  uint64_t over_share = 0;
  uint64_t full = 0;
};

/// A `fair_share` of the node that several threads use. Its keys are companies; what belongs to no
/// company, which is the operator's own, is bound by the capacity alone.
class bound {
public:
  bound(std::string name, std::string unit, uint64_t capacity, double greed);

  share_verdict take(std::string_view company, uint64_t n);
  void give_back(std::string_view company, uint64_t n) noexcept;

  /// Counts what the company has already, see `fair_share::hold`.
  void hold(std::string_view company, uint64_t n);

  /// `take` for one who waits when it is not granted, and is not refused.
  bool try_take(std::string_view company, uint64_t n);

  /// Why `take` did not grant: `quota_exceeded` or `overloaded`, in a sentence for the client.
  failure refusal(share_verdict x) const;

  bound_status status(std::string_view company) const;

private:
  std::string name_;
  std::string unit_;
  mutable std::mutex mutex_;
  fair_share share_;
  std::atomic<uint64_t> over_share_{0};
  std::atomic<uint64_t> full_{0};
};

using bound_ptr = std::shared_ptr<bound>;

/// Units that were taken; gives them back at its end. Movable.
class bound_lease {
public:
  bound_lease() = default;

  /// Takes `n` units for a company. Errors: `quota_exceeded`, `overloaded`.
  static expected<bound_lease> take(bound_ptr from, std::string company, uint64_t n);

  bound_lease(bound_lease&& x) noexcept;
  bound_lease& operator=(bound_lease&& x) noexcept;
  bound_lease(const bound_lease&) = delete;
  bound_lease& operator=(const bound_lease&) = delete;
  ~bound_lease();

private:
  bound_ptr from_;
  std::string company_;
  uint64_t n_ = 0;
};

/// All bounds of a node that companies share. Thread-safe.
class bounds {
public:
  /// The part of a bound that a company may have while nobody else wants any, in percent: 1–100.
  static constexpr uint32_t default_percent = 80;

  /// For bounds that are added from now on.
  void set_percent(uint32_t percent);

  /// Adds a bound, or returns the one of that name as it is.
  bound_ptr add(std::string name, std::string unit, uint64_t capacity);

  /// In the order of their addition.
  std::vector<bound_status> list(std::string_view company) const;

private:
  mutable std::mutex mutex_;
  double greed_ = 4.0;
  std::vector<std::pair<std::string, bound_ptr>> all_;
};

} // namespace carillon
