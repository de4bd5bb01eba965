#pragma once

#include "net/data/schedules/delay_calls.hpp"
#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carillon::data {

/// A request to publish an event later, which was admitted. It parses the event, asks, and answers.
class delay_call final : public handed_call {
public:
  /// @param to null = nothing is scheduled here
  /// @param admitted form and caller
  /// @param cloud attributes of the binary mode
  /// @param at the parameter `publishAt`
  delay_call(std::shared_ptr<delay_calls> to, const admission& admitted,
             std::vector<cloud_attribute> cloud, timestamp at);

  void serve(std::string_view body, std::string remote,
             std::chrono::steady_clock::time_point deadline, reply to) override;

private:
  std::shared_ptr<delay_calls> to_;
  body_form form_;
  std::string content_type_;
  principal who_;
  std::vector<cloud_attribute> cloud_;
  timestamp at_;
};

/// A request to show or to cancel an event that waits.
class delayed_event_call final : public handed_call {
public:
  delayed_event_call(std::shared_ptr<delay_calls> to, principal who, uint64_t id, bool cancels)
    : to_(std::move(to)), who_(std::move(who)), id_(id), cancels_(cancels) {
  }

  void serve(std::string_view body, std::string remote,
             std::chrono::steady_clock::time_point deadline, reply to) override;

private:
  std::shared_ptr<delay_calls> to_;
  principal who_;
  uint64_t id_;
  bool cancels_;
};

} // namespace carillon::data
