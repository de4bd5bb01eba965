#pragma once

#include "messages/bounds.hpp"
#include "messages/webhooks/http_exchange.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace carillon::http {

using steady_clock = std::chrono::steady_clock;

/// A request on its way through the client.
struct pending_request {
  http_request request;
  /// Scheme, host and port; requests with the same share connections.
  std::string origin;
  bool tls = false;
  std::function<void(http_response_ptr)> done;
  /// Its place among waiting requests, until it starts.
  bound_lease place;
  /// When send() was called.
  steady_clock::time_point begun;

  steady_clock::time_point deadline() const noexcept {
    return begun + request.total_deadline;
  }
};

using pending_request_ptr = std::unique_ptr<pending_request>;

/// Calls `done`, which is the caller's and may throw; exceptions are dropped.
void answer(const pending_request& to, http_response_ptr x) noexcept;

/// Answers with a fault, without a response.
void refuse(const pending_request& to, http_fault fault, std::string error) noexcept;

} // namespace carillon::http
