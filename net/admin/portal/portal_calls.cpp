#include "net/admin/portal/portal_calls.hpp"

#include <algorithm>
#include <array>

namespace carillon::admin {

std::span<const portal_call> portal_calls() {
  using enum portal_right;
  static constexpr std::array all{
    portal_call{"GET", "/api/me"},
    portal_call{"GET", "/api/events/types"},
    portal_call{"GET", "/api/events/types/{type}"},
    portal_call{"GET", "/api/events/webhooks"},
    portal_call{"GET", "/api/events/webhooks/{id}"},
    portal_call{"POST", "/api/events/webhooks", endpoints},
    portal_call{"PATCH", "/api/events/webhooks/{id}", endpoints},
    portal_call{"DELETE", "/api/events/webhooks/{id}", endpoints},
    portal_call{"POST", "/api/events/webhooks/{id}/enable", endpoints},
    portal_call{"POST", "/api/events/webhooks/{id}/disable", endpoints},
    portal_call{"POST", "/api/events/webhooks/{id}/rotate-secret", secrets},
    portal_call{"POST", "/api/events/webhooks/{id}/test", test},
    portal_call{"GET", "/api/events/webhooks/{id}/deliveries", deliveries},
    portal_call{"GET", "/api/events/deliveries/{id}", deliveries},
    portal_call{"POST", "/api/events/deliveries/{id}/retry", resend},
    portal_call{"POST", "/api/events/webhooks/{id}/recover", resend},
  };
  return all;
}

const portal_call* portal_call_of(const operation& at) {
  auto all = portal_calls();
  auto found = std::find_if(all.begin(), all.end(), [&](const auto& x) {
    return x.method == at.method && x.pattern == at.pattern;
  });
  return found == all.end() ? nullptr : &*found;
}

} // namespace carillon::admin
