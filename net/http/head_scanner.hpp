#pragma once

#include "net/http/admission.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carillon::data {

/// Finds the end of a request's header as its bytes arrive. It rejects what a lenient parser might
/// read differently: lines without carriage return, folded fields, a header without bound, and
/// bytes that are not HTTP. No I/O.
class head_scanner {
public:
  enum class step : uint8_t {
    need_more,
    /// The header is complete.
    complete,
    /// See `refused`.
    refused,
  };

  /// @param in all bytes of the request so far, at least one
  /// @param limit most bytes of the header
  step scan(std::string_view in, uint64_t limit);

  refusal& refused() noexcept {
    return refused_;
  }

  /// Begins with another request.
  void clear() noexcept {
    scanned_ = line_ = 0;
  }

private:
  step refuse(ec code, std::string detail, int status = 0);

  /// No line ends before this byte, except for those that were seen.
  size_t scanned_ = 0;
  /// Where the line begins that is not complete.
  size_t line_ = 0;
  refusal refused_;
};

} // namespace carillon::data
