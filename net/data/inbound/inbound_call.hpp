#pragma once

#include "messages/inbound/delivery.hpp"
#include "net/data/inbound/inbound_desk.hpp"
#include "net/http/handed_call.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::data {

/// A request of a provider whose head was admitted: proves the body, makes it an event, and answers
/// when that is on disk. Nothing of the body is parsed before it is proven.
class inbound_call final : public handed_call {
public:
  inbound_call(inbound_desk_ptr desk, live_source_ptr of, inbound_request request)
    : desk_(std::move(desk)), of_(std::move(of)), request_(std::move(request)) {
  }

  void serve(std::string_view body, std::string remote,
             std::chrono::steady_clock::time_point deadline, reply to) override;

private:
  void refuse(const failure& why, std::string remote, const reply& to) const;

  inbound_desk_ptr desk_;
  live_source_ptr of_;
  inbound_request request_;
};

} // namespace carillon::data
