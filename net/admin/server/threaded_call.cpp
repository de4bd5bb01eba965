#include "net/admin/server/threaded_call.hpp"

#include "net/admin/dispatch.hpp"

#include <utility>

namespace carillon::admin {

data::whole_answer on_the_wire(answer x) {
  data::whole_answer out;
  out.status = x.status;
  out.body = std::move(x.body);
  out.media_type = std::move(x.media_type);
  for (const auto& [name, value] : x.fields)
    out.fields.append(name).append(": ").append(value).append("\r\n");
  return out;
}

threaded_call::threaded_call(std::shared_ptr<const void> owner, context& ctx, worker_pool& pool,
                             uint64_t lane, incoming request, destination to, principal who)
  : owner_(std::move(owner)), ctx_(ctx), pool_(pool), lane_(lane), request_(std::move(request)),
    to_(std::move(to)), who_(std::move(who)) {
}

void threaded_call::serve(std::string_view body, std::string remote,
                          std::chrono::steady_clock::time_point deadline, reply to) {
  request_.body = body;
  request_.remote_addr = std::move(remote);
  auto self = shared_from_this();
  auto run = [self, deadline, to] {
    to(on_the_wire(
      dispatch(self->ctx_, self->request_, std::move(self->to_), self->who_, deadline)));
  };
  auto drop = [to] {
    to(on_the_wire(problem({ec::shutting_down, "the node is shutting down", {}})));
  };
  switch (pool_.enqueue(lane_, {std::move(run), std::move(drop)})) {
  case worker_pool::verdict::taken:
    return;
  case worker_pool::verdict::key_is_full:
    return to(
      on_the_wire(problem({ec::quota_exceeded,
                           request_.pass ? "too many requests of this company wait for an answer"
                                         : "too many requests of this API key wait for an answer",
                           {}})));
  case worker_pool::verdict::full:
    return to(
      on_the_wire(problem({ec::overloaded, "too many requests wait, retry after a pause", {}})));
  }
}

} // namespace carillon::admin
