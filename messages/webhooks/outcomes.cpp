#include "messages/webhooks/outcomes.hpp"

#include "messages/webhooks/schedule.hpp"

namespace carillon {

size_t webhook_outcome(const http_response& x) noexcept {
  // The names of verdicts come first, those of faults in the order of the enumeration.
  constexpr size_t verdicts = 4;
  if (x.fault != http_fault::none)
    return verdicts + static_cast<size_t>(x.fault) - 1;
  switch (verdict_of(x)) {
  case webhook_verdict::success:
    return 0;
  case webhook_verdict::gone:
    return 2;
  case webhook_verdict::slow_down:
    return 3;
  case webhook_verdict::retry:
    break;
  }
  return 1;
}

} // namespace carillon
