#pragma once

#include "net/http/follower.hpp"
#include "net/http/request_judge.hpp"

#include <cstdint>
#include <memory>

namespace carillon::data {

/// The gate of the data port of a follower: what publishes, and live sessions, goes to the gate of
/// every node; `/readyz` says that it follows; everything else is its owner's. Thread-safe.
class follower_gate final : public request_judge {
public:
  /// @param every the gate of every node
  /// @param body_bytes of a request that is answered without a look at its body
  follower_gate(std::shared_ptr<const request_judge> every, follower_view view, uint64_t body_bytes)
    : every_(std::move(every)), view_(std::move(view)), body_bytes_(body_bytes) {
  }

  admission judge(const request_head& head) const override;

  uint64_t header_bytes() const noexcept override {
    return every_->header_bytes();
  }

private:
  admission answered(whole_answer x) const;

  std::shared_ptr<const request_judge> every_;
  follower_view view_;
  uint64_t body_bytes_;
};

} // namespace carillon::data
