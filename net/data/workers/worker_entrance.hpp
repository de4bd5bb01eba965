#pragma once

#include "net/auth/key_ring.hpp"
#include "net/data/workers/worker_calls.hpp"
#include "net/data/workers/worker_route.hpp"
#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <memory>

namespace carillon::data {

/// Checks the head of a request of a worker: method, key and, of a connection, the handshake.
/// Thread-safe.
class worker_entrance {
public:
  /// @param keys outlives it
  /// @param calls null = there are no remote consumers
  worker_entrance(const key_ring& keys, std::shared_ptr<worker_calls> calls)
    : keys_(keys), calls_(std::move(calls)) {
  }

  /// @param known_page the request comes from no page, or from one that is allowed
  admission judge(const worker_route& at, const request_head& head, bool known_page) const;

private:
  std::optional<refusal> check(const worker_route& at, const request_head& head,
                               bool known_page) const;
  expected<principal> identify(const worker_route& at, const request_head& head) const;
  admission judge_connection(const worker_route& at, const request_head& head,
                             const principal& who) const;

  const key_ring& keys_;
  std::shared_ptr<worker_calls> calls_;
};

} // namespace carillon::data
