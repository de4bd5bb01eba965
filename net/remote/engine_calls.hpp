#pragma once

#include "base/failure.hpp"
#include "messages/remote/hub.hpp"
#include "net/remote/port_options.hpp"

#include <caf/send.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace carillon::remote {

/// The calls of the port to the engine, which has another actor system. Thread-safe; a callback
/// runs once, on any thread, unless the engine ends first.
class engine_calls {
public:
  template <class T>
  using callback = std::function<void(expected<T>)>;

  engine_calls(const caf_port_backend& backend, std::chrono::milliseconds deadline)
    : backend_(backend), deadline_(deadline) {
  }

  /// @param company the company that the caller is bound to; may be empty
  void publish(std::vector<draft_ptr> drafts, std::string company, callback<receipts> done);

  void query(query_request x, callback<query_page_ptr> done);

  /// Hands a request to the hub of subscriptions.
  template <class Request>
  void subscriptions(Request x) {
    caf::anon_send(backend_.subscriptions, std::move(x));
  }

private:
  const caf_port_backend& backend_;
  const std::chrono::milliseconds deadline_;
  /// The reader whose turn it is.
  std::atomic<size_t> next_{0};
};

} // namespace carillon::remote
