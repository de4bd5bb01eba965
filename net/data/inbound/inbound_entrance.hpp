#pragma once

#include "base/failure.hpp"
#include "messages/inbound/verification.hpp"
#include "net/data/inbound/inbound_desk.hpp"
#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <optional>
#include <string_view>

namespace carillon::data {

/// The name in `/in/{name}`; empty optional for another path.
std::optional<std::string_view> inbound_name_of(std::string_view path) noexcept;

/// Judges requests of providers of webhooks by their heads: whether there is such a source, and
/// whether headers and time can be those of a genuine request. Thread-safe.
class inbound_entrance {
public:
  /// Largest body, which is the largest `data` of an event.
  static constexpr uint64_t body_bytes = event_limits::data_bytes;

  static constexpr std::string_view methods = "POST, OPTIONS";
  /// Of a source that answers whether the path is ours.
  static constexpr std::string_view methods_with_challenge = "GET, POST, OPTIONS";

  /// @param desk null = there are no sources
  explicit inbound_entrance(inbound_desk_ptr desk) : desk_(std::move(desk)) {
  }

  /// @param name see `inbound_name_of`
  /// @param known_page the request is no page's, or an allowed one's
  admission judge(std::string_view name, const request_head& head, bool known_page) const;

private:
  admission judge_post(const live_source_ptr& of, const request_head& head) const;
  admission judge_challenge(const inbound_source& of, const request_head& head) const;

  inbound_desk_ptr desk_;
};

} // namespace carillon::data
