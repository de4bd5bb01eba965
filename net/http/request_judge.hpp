#pragma once

#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

namespace carillon::data {

/// Judges a request by its head, before any of its body is kept. Thread-safe; must not block.
class request_judge {
public:
  request_judge() = default;
  request_judge(const request_judge&) = delete;
  request_judge& operator=(const request_judge&) = delete;
  virtual ~request_judge() = default;

  virtual admission judge(const request_head& head) const = 0;

  /// Most bytes of a request line with its header fields.
  virtual uint64_t header_bytes() const noexcept = 0;
};

} // namespace carillon::data
