#pragma once

#include "net/admin/operations.hpp"
#include "net/admin/server/worker_pool.hpp"
#include "net/http/handed_call.hpp"

#include <memory>

namespace carillon::admin {

/// An answer in the form of the connection.
data::whole_answer on_the_wire(answer x);

/// A request for a handler, which runs on a thread of a pool. Has copies of what it needs of the
/// head, whose bytes are short-lived.
class threaded_call final : public data::handed_call,
                            public std::enable_shared_from_this<threaded_call> {
public:
  /// @param owner keeps the pool alive
  /// @param lane whose requests share the threads of a caller, see `worker_pool`
  threaded_call(std::shared_ptr<const void> owner, context& ctx, worker_pool& pool, uint64_t lane,
                incoming request, destination to, principal who);

  void serve(std::string_view body, std::string remote,
             std::chrono::steady_clock::time_point deadline, reply to) override;

private:
  std::shared_ptr<const void> owner_;
  context& ctx_;
  worker_pool& pool_;
  uint64_t lane_;
  incoming request_;
  destination to_;
  principal who_;
};

} // namespace carillon::admin
