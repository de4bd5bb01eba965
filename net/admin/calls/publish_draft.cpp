#include "net/admin/calls/publish_draft.hpp"

#include "base/json/appender.hpp"
#include "net/http/answers.hpp"

#include <caf/send.hpp>

#include <future>
#include <memory>
#include <utility>
#include <vector>

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
