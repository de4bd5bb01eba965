#include "net/data/port/handover.hpp"

#include "net/data/sessions/entrance.hpp"
#include "net/data/sessions/session_connection.hpp"
#include "net/data/workers/admitted_link.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace carillon::sessions {

namespace {

/// Unsent bytes of a log stream, whose reader is waited for.
constexpr size_t log_stream_budget = 128UL * 1024;

size_t budget_of(const session_request& x, const session_port_options& options) noexcept {
  return x.scope ? std::min(log_stream_budget, options.budget_bytes) : options.budget_bytes;
}

} // namespace

void take_over(data::event_loop& loop, data::handover x) {
  auto& start = x.start;
  auto wire = start.request.one_way ? session_wire::server_sent : session_wire::websocket;
  auto link = std::make_shared<session_connection>(
    loop, std::move(x.socket), wire, budget_of(start.request, loop.options().sessions));
  loop.sessions().adopt(link, std::move(x.seat));
  session_connection::opening answer{.pending = std::move(x.pending),
                                     .refusal_fields = origin_fields(start)};
  answer.head = start.request.one_way ? stream_answer(start, loop.date()) : switching_answer(start);
  link->start(std::move(answer), x.early);
  if (start.refused) {
    link->refuse(*start.refused,
                 start.refused->code == ec::unauthenticated ? session_close::unauthenticated
                                                            : session_close::protocol_error,
                 0);
  } else if (start.worker) {
    start.worker->link
      = std::make_shared<data::admitted_link>(std::move(link), std::move(start.is_admitted));
    loop.backend().open_worker(std::move(*start.worker));
  } else {
    loop.backend().open_session(std::move(start.request), std::move(link));
  }
}

} // namespace carillon::sessions
