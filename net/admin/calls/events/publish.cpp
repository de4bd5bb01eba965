#include "messages/access/claim.hpp"
#include "messages/codec/codec.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/calls/publish_draft.hpp"
#include "net/admin/calls/schedules/schedule_calls.hpp"

#include <string>
#include <utility>

namespace carillon::admin {

expected<answer> publish_event(call& c) {
  const auto now = wall_clock_now();
  // The one way into the log has the same bound on both ports.
  if (const auto most = c.ctx.options.event_bytes; c.request.body.size() > most)
    return failure{ec::too_large, "an event has at most " + std::to_string(most) + " bytes", {}};
  auto draft
    = parse_event(c.request.body, {.types = c.ctx.backend.types,
                                   .accept_unknown_types = c.ctx.options.accept_unknown_types,
                                   .now = now,
                                   .company_id = c.who.company_id,
                                   .traceparent = c.request.traceparent});
  if (!draft)
    return draft.error();
  if (auto claimed = claim(**draft, c.who); !claimed)
    return claimed.error();
  if (const auto at = c.query.find("publishAt"); at != c.query.end())
    return delay_publish(c, **draft, at->second, now);
  return publish_draft(c, std::move(*draft), c.who.company_id);
}

} // namespace carillon::admin
