#pragma once

#include "net/data/loop_tenant.hpp"
#include "net/http/request_reader.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace carillon::data {

/// A reader of requests that knows since when it has been receiving one: a connection closes if a
/// request does not arrive in time.
class timed_reader : public request_reader {
public:
  using request_reader::request_reader;

  /// Reads on, see `feed`.
  step read(std::string_view in, size_t& used, steady_time now) {
    auto got = feed(in, used);
    if (!since_ && began())
      since_ = now;
    return got;
  }

  /// The request was used: the next one may come.
  void finish() {
    next();
    since_.reset();
  }

  /// The request that is not complete stays so.
  void stop() noexcept {
    since_.reset();
  }

  /// When the request began that is not complete; empty without one.
  const std::optional<steady_time>& since() const noexcept {
    return since_;
  }

private:
  std::optional<steady_time> since_;
};

} // namespace carillon::data
