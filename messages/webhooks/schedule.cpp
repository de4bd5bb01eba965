#include "messages/webhooks/schedule.hpp"

#include "base/http_date.hpp"
#include "base/text/ascii.hpp"

#include <algorithm>

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

} // namespace carillon
