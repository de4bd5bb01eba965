#include "actors/webhooks/failing_alert.hpp"

#include "messages/alerts/alert_event.hpp"

#include <array>
#include <string>
#include <utility>

namespace carillon {

namespace {

/// In percent of the time after which a webhook is disabled.
constexpr std::array<int64_t, 3> levels{90, 70, 50};

} // namespace

void failing_alert::failed(timestamp since, timestamp now) {
  const auto level = level_at(since, now);
  if (level <= told_)
    return;
  told_ = level;
  report(since, level, "begun",
         "the webhook " + std::to_string(webhook_) + " has only failed for " + std::to_string(level)
           + " % of the time after which it is disabled");
}

void failing_alert::succeeded(timestamp since, timestamp now) {
  const auto level = level_at(since, now);
  told_ = 0;
  // What began is of the first level.
  if (level > 0)
    report(since, levels.back(), "ended",
           "the webhook " + std::to_string(webhook_) + " does not fail any more");
}

int64_t failing_alert::level_at(timestamp since, timestamp now) const {
  for (const auto x : levels)
    if (100 * (now - since) >= x * give_up_after_)
      return x;
  return 0;
}

void failing_alert::report(timestamp since, int64_t level, const char* state,
                           std::string message) const {
  if (!report_)
    return;
  system_alert event;
  event.alert = "webhook_failing";
  event.subject = std::to_string(webhook_);
  event.state = state;
  event.value = level;
  event.threshold = level;
  event.message = std::move(message);
  event.since = since;
  if (auto draft = alert_draft(event))
    report_(std::move(*draft));
}

} // namespace carillon
