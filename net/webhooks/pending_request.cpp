#include "net/webhooks/pending_request.hpp"

#include <exception>
#include <utility>

namespace carillon::http {

void answer(const pending_request& to, http_response_ptr x) noexcept {
  try {
    if (to.done)
      to.done(std::move(x));
  } catch (const std::exception&) {
    // An exception of a callback must not affect other requests on this thread.
  }
}

void refuse(const pending_request& to, http_fault fault, std::string error) noexcept {
  auto out = std::make_shared<http_response>();
  out->fault = fault;
  out->error = std::move(error);
  out->phases.total_ms
    = std::chrono::duration<double, std::milli>(steady_clock::now() - to.begun).count();
  answer(to, std::move(out));
}

} // namespace carillon::http
