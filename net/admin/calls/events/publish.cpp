#include "base/json/appender.hpp"
#include "messages/access/claim.hpp"
#include "messages/codec/codec.hpp"
#include "net/admin/calls/resources.hpp"
#include "net/http/answers.hpp"

#include <caf/send.hpp>

#include <future>
#include <string>
#include <utility>

namespace carillon::admin {

namespace {

/// The router answers `timeout` at the deadline; this is for a router that does not.
constexpr std::chrono::seconds router_grace{1};

/// Waits until the event is durable.
expected<receipts> append(const call& c, draft_ptr draft, std::string share) {
  auto promise = std::make_shared<std::promise<expected<receipts>>>();
  auto pending = promise->get_future();
  std::vector<draft_ptr> drafts;
  drafts.push_back(std::move(draft));
  caf::anon_send(c.ctx.backend.router,
                 std::make_shared<publish_call>(
                   std::move(drafts), c.deadline,
                   [promise](expected<receipts> x) { promise->set_value(std::move(x)); },
                   std::move(share)));
  if (pending.wait_until(c.deadline + router_grace) != std::future_status::ready)
    return failure{ec::timeout, "the event may be in the log: publish it again with its id", {}};
  return pending.get();
}

} // namespace

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

expected<answer> publish_draft(const call& c, draft_ptr draft, std::string share) {
  std::string id;
  append_json_string(id, draft->id);
  auto done = append(c, std::move(draft), std::move(share));
  if (!done)
    return done.error();
  if (done->size() != 1)
    return failure{ec::internal, "an internal error occurred", {}};
  const auto& x = done->front();
  if (x.is_conflict())
    return data::conflict_of(x);
  answer out{.status = x.duplicate ? 200 : 201};
  data::append_receipt_json(out.body, x, id);
  return out;
}

} // namespace carillon::admin
