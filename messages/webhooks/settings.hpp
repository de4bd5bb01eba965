#pragma once

#include "base/failure.hpp"
#include "messages/events/filter.hpp"
#include "messages/webhooks/message_template.hpp"
#include "messages/webhooks/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

// The settings of a webhook, and every rule about them that does not depend on the node.

/// Settings of a webhook that an operator may change.
struct webhook_settings {
  /// Its tenant: events of this company are sent; empty = events of every company, and those
  /// without one.
  std::string company_id;
  /// `https://…`, or `http://…` where the node allows it.
  std::string url;
  /// Empty = every type.
  std::vector<type_pattern> types;
  /// One attempt at a time, in the order of the log: a failing event holds all that follow.
  bool ordered = false;
  /// Attempts under way at a time, 1–64; `ordered` makes it 1.
  uint32_t max_in_flight = 8;
  /// Attempts that may begin per second; 0 = no limit.
  double rate_per_second = 0.0;
  webhook_retry_policy retry;
  /// Sent with every attempt; checked by `check_webhook`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Free text; ≤ 512 bytes.
  std::string description;
  /// May be called at the private addresses that the node's operator permits. Only an admin of the
  /// node grants it, never one of a company.
  bool private_targets = false;
  /// Which of the events of these types are sent, by what is in them.
  payload_filter filter;
  message_template message;

  friend bool operator==(const webhook_settings& x, const webhook_settings& y) {
    return x.company_id == y.company_id && x.url == y.url && x.types == y.types
           && x.ordered == y.ordered && x.max_in_flight == y.max_in_flight
           && x.rate_per_second == y.rate_per_second && x.retry.schedule == y.retry.schedule
           && x.headers == y.headers && x.description == y.description
           && x.private_targets == y.private_targets && x.filter == y.filter
           && x.message == y.message;
  }
};

/// Limits of webhook settings.
struct webhook_limits {
  static constexpr size_t url_bytes = 2'048;
  static constexpr size_t types = 100;
  static constexpr uint32_t in_flight = 64;
  static constexpr double rate = 10'000.0;
  static constexpr size_t retries = 20;
  static constexpr std::chrono::seconds retry_pause{86'400};
  static constexpr size_t headers = 20;
  static constexpr size_t header_bytes = 2'048;
  static constexpr size_t description_bytes = 512;
  /// How long replaced secrets sign as well.
  static constexpr std::chrono::seconds secret_grace{7 * 86'400};
};

/// Errors: `invalid_argument` with the field (as the API names it) for settings that cannot work,
/// headers that are reserved (`webhook-*`, `carillon-*`, Host, Content-*, those of the connection)
/// or not well-formed, and a URL that is not an absolute `http` or `https` one, or holds
/// credentials or a fragment.
expected<void> check_webhook(const webhook_settings& x);

/// True if a URL that `check_webhook` accepts is an `https` one.
bool uses_tls(std::string_view url);

/// Changes to settings; empty = unchanged.
struct webhook_change {
  std::optional<std::string> url;
  std::optional<std::vector<type_pattern>> types;
  std::optional<bool> ordered;
  std::optional<uint32_t> max_in_flight;
  std::optional<double> rate_per_second;
  std::optional<webhook_retry_policy> retry;
  std::optional<std::vector<std::pair<std::string, std::string>>> headers;
  std::optional<std::string> description;
  std::optional<bool> private_targets;
  std::optional<payload_filter> filter;
  std::optional<message_template> message;
};

/// The settings, with those that the change gives.
webhook_settings changed(webhook_settings x, const webhook_change& by);

/// Checks the given settings by themselves, as the others were checked when they were set. Errors:
/// see `check_webhook`.
expected<void> check_change(const webhook_change& x);

/// Errors: `forbidden` if a principal bound to a company would grant private targets.
expected<void> check_grant(bool private_targets, const std::optional<std::string>& company_id);

/// Settings after a change by an admin of the node or (`company_id` is given) of a company, who can
/// neither grant private targets nor keep them with another URL.
webhook_settings changed_by(const webhook_settings& was, const webhook_change& change,
                            const std::optional<std::string>& company_id);

} // namespace carillon
