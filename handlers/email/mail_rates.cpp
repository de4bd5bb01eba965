#include "handlers/email/mail_rates.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr std::chrono::hours hour{1};

/// Number of companies at which those with a full allowance are forgotten.
constexpr size_t many = 10'000;

} // namespace

/// After an hour a company has its full allowance.
void mail_rates::forget_full(clock::time_point now) {
  if (buckets_.size() >= many)
    std::erase_if(buckets_, [&](const auto& x) { return now - x.second.at >= hour; });
}

std::chrono::milliseconds mail_rates::take(const std::string& company, clock::time_point now) {
  if (per_hour_ == 0 || company.empty())
    return std::chrono::milliseconds{0};
  const auto most = static_cast<double>(per_hour_);
  const std::chrono::duration<double> interval{std::chrono::duration<double>{hour} / most};
  std::lock_guard guard{mutex_};
  auto i = buckets_.find(company);
  if (i == buckets_.end()) {
    forget_full(now);
    i = buckets_.emplace(company, bucket{most, now, now}).first;
  }
  auto& x = i->second;
  x.left = std::min(most, x.left + (now - x.at) / interval);
  x.at = now;
  if (x.left >= 1) {
    x.left -= 1;
    return std::chrono::milliseconds{0};
  }
  auto first = now + std::chrono::ceil<clock::duration>(interval * (1 - x.left));
  auto next = x.last_slot + std::chrono::ceil<clock::duration>(interval);
  x.last_slot = std::min(std::max(first, next), now + hour);
  return std::chrono::ceil<std::chrono::milliseconds>(x.last_slot - now);
}

} // namespace carillon
