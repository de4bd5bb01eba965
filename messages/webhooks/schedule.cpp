#include "messages/webhooks/schedule.hpp"

#include "base/http_date.hpp"
#include "base/text/ascii.hpp"

#include <algorithm>
#include <cmath>

namespace carillon {

namespace {

using namespace std::chrono;

constexpr double max_jitter = 0.1;

bool is_digits(std::string_view text) {
  return !text.empty()
         && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The value of any number of digits, at most `max_retry_after`.
seconds capped_seconds(std::string_view digits) {
  constexpr seconds most{max_retry_after};
  seconds out{0};
  for (const char c : digits)
    out = std::min(out * 10 + seconds{c - '0'}, most);
  return out;
}

} // namespace

webhook_verdict verdict_of(const http_response& x) noexcept {
  if (x.fault != http_fault::none)
    return webhook_verdict::retry;
  if (x.status >= 200 && x.status <= 299)
    return webhook_verdict::success;
  switch (x.status) {
  case 410:
    return webhook_verdict::gone;
  case 429:
  case 502:
  case 503:
  case 504:
    return webhook_verdict::slow_down;
  default:
    return webhook_verdict::retry;
  }
}

std::optional<milliseconds> retry_after_of(std::string_view text, timestamp now) {
  text = trimmed(text);
  if (is_digits(text))
    return capped_seconds(text);
  const auto date = from_http_date(text, now);
  if (!date)
    return std::nullopt;
  return std::clamp(ceil<milliseconds>(*date - now), milliseconds{0},
                    milliseconds{max_retry_after});
}

std::optional<milliseconds> delay_of(const webhook_retry_policy& policy, uint32_t attempt,
                                     std::string_view retry_after, timestamp now, double random) {
  if (attempt == 0 || attempt > policy.schedule.size())
    return std::nullopt;
  const milliseconds scheduled = policy.schedule[attempt - 1];
  const milliseconds jitter{
    static_cast<int64_t>(static_cast<double>(scheduled.count()) * max_jitter * random)};
  return std::max(scheduled + jitter, retry_after_of(retry_after, now).value_or(milliseconds{0}));
}

void endpoint_brake::slow_down(clock::time_point now, std::string_view retry_after,
                               timestamp wall_now) {
  if (!holds(now)) {
    until_ = now + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
  }
  if (const auto asked = retry_after_of(retry_after, wall_now))
    until_ = std::max(until_, now + *asked);
}

void endpoint_brake::take_in(webhook_verdict verdict, clock::time_point now,
                             std::string_view retry_after, timestamp wall_now) {
  if (verdict == webhook_verdict::slow_down)
    slow_down(now, retry_after, wall_now);
  else if (verdict == webhook_verdict::success)
    success();
}

token_bucket::token_bucket(double rate) {
  constexpr double least = 0.001;
  constexpr double most = 1e6;
  rate = rate > least ? std::min(rate, most) : least;
  interval_ = nanoseconds{static_cast<int64_t>(std::ceil(1e9 / rate))};
  const auto burst = std::max(1.0, rate);
  window_
    = nanoseconds{static_cast<int64_t>(std::ceil(static_cast<double>(interval_.count()) * burst))};
}

token_bucket::clock::time_point token_bucket::empty_at(clock::time_point now) const noexcept {
  return std::max(empty_, now - window_);
}

token_bucket::clock::time_point token_bucket::ready_at(clock::time_point now) const noexcept {
  return std::max(now, empty_at(now) + interval_);
}

void token_bucket::take(clock::time_point now) noexcept {
  empty_ = empty_at(now) + interval_;
}

} // namespace carillon
