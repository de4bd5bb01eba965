#pragma once

#include "base/failure.hpp"
#include "base/fair_share.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// State of a bound, as `GET /api/limits` and the metrics show it.
struct bound_status {
  std::string name;
  /// `events`, `bytes`, `sessions` …
  std::string unit;
  uint64_t capacity = 0;
  uint64_t used = 0;
  /// Units that the requested company holds.
  uint64_t own = 0;
  /// Number of companies that hold at least one unit.
  size_t holders = 0;
  /// Requests that were rejected: the company had used up its share, or the bound was reached.
  uint64_t over_share = 0;
  uint64_t full = 0;
};

/// A `fair_share` of the node that several threads use. Its keys are companies. Units without a
/// company belong to the operator; only the capacity limits them.
class bound {
public:
  /// @param unit what is counted, as in `bound_status`
  /// @param greed see `fair_share`
  bound(std::string name, std::string unit, uint64_t capacity, double greed);

  /// See `fair_share::take`. A rejection is counted.
  share_verdict take(std::string_view company, uint64_t n);
  /// Returns `n` units that the company holds.
  void give_back(std::string_view company, uint64_t n) noexcept;

  /// Counts units that the company has already, see `fair_share::hold`.
  void hold(std::string_view company, uint64_t n);

  /// `take` for a caller that waits if it is not granted; not counted as a rejection.
  bool try_take(std::string_view company, uint64_t n);

  /// Why `take` did not grant: `quota_exceeded` or `overloaded`, in a sentence for the client.
  failure refusal(share_verdict x) const;

  /// @param company whose units `bound_status::own` has
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

/// Units that were taken; its destructor gives them back. Movable.
class bound_lease {
public:
  bound_lease() = default;

  /// Takes `n` units for a company. Errors: `quota_exceeded`, `overloaded`.
  static expected<bound_lease> take(bound_ptr from, std::string company, uint64_t n);

  /// Units that the company has already, see `bound::hold`.
  static bound_lease hold(bound_ptr from, std::string company, uint64_t n);

  bound_lease(bound_lease&& x) noexcept;
  bound_lease& operator=(bound_lease&& x) noexcept;
  bound_lease(const bound_lease&) = delete;
  bound_lease& operator=(const bound_lease&) = delete;
  ~bound_lease();

private:
  bound_lease(bound_ptr from, std::string company, uint64_t n) noexcept
    : from_(std::move(from)), company_(std::move(company)), n_(n) {
  }

  bound_ptr from_;
  std::string company_;
  uint64_t n_ = 0;
};

/// All bounds of a node that companies share. Thread-safe.
class bounds {
public:
  /// The part of a bound that a company may have while it is the only one that asks, in percent:
  /// 1–100.
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
