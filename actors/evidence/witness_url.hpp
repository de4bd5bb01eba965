#pragma once

#include "actors/evidence/witness.hpp"
#include "messages/webhooks/http_exchange.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace carillon {

/// Sends a request and calls back once, on any thread; see `http_client::send`.
using http_call = std::function<void(http_request, std::function<void(http_response_ptr)>)>;

/// A receiver that checkpoints are posted to, as `text/plain`: each status of 200–299 says that it
/// has the checkpoint.
class witness_url final : public witness {
public:
  /// @param url of a form that the client of `call` takes
  /// @param timeout of one attempt, the connection included
  witness_url(std::string url, std::chrono::milliseconds timeout, http_call call);

  const std::string& shown() const override {
    return origin_;
  }

  const std::string& named() const override {
    return origin_;
  }

  void give(const std::string& note, callback done) override;

private:
  std::string url_;
  /// Scheme, host and port: a path may have a secret.
  std::string origin_;
  std::chrono::milliseconds timeout_;
  http_call call_;
};

} // namespace carillon
