#pragma once

#include "net/data/sockets/address_counts.hpp"
#include "net/data/sockets/wire.hpp"
#include "net/http/admission.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::data {

using tcp = boost::asio::ip::tcp;
using steady_time = std::chrono::steady_clock::time_point;

/// A session as its event loop knows it. All methods are called on the loop's thread.
class loop_tenant {
public:
  virtual ~loop_tenant() = default;

  /// Another thread left work for it, see `event_loop::wake`.
  virtual void flush() = 0;

  /// Enforces its deadlines.
  virtual void sweep(steady_time now) = 0;

  /// Begins its orderly end: the node stops.
  virtual void close() = 0;

  /// Ends it at once.
  virtual void terminate() = 0;

  /// Its place among the tenants of its loop, which sets it.
  size_t place = 0;
};

/// A connection whose further bytes belong to a session.
struct handover {
  wire socket;
  address_counts::seat seat;
  session_start start;
  /// Bytes that are to be sent first.
  std::string pending;
  /// Bytes that the client sent after its request; valid during the call.
  std::string_view early;
};

} // namespace carillon::data
