#pragma once

#include "net/data/inbound/inbound_entrance.hpp"
#include "net/data/notifications/notification_entrance.hpp"
#include "net/data/port_options.hpp"
#include "net/data/schedules/delay_calls.hpp"
#include "net/data/sessions/entrance.hpp"
#include "net/data/workers/worker_entrance.hpp"
#include "net/http/request_judge.hpp"

namespace carillon::data {

/// Judges requests of the data port: route, method, origin, credentials, media type, declared
/// length. Thread-safe.
class gate final : public request_judge {
public:
  /// All outlive the gate. Without a verifier no token is accepted.
  /// @param admin_address, notifications, workers, portal, delays as in the backend
  /// @param inbound null = there are no providers of webhooks
  gate(const data_port_options& options, const key_ring& keys, const token_verifier* tokens,
       std::function<std::string()> admin_address = {},
       std::shared_ptr<notification_access> notifications = {},
       std::shared_ptr<worker_calls> workers = {}, inbound_desk_ptr inbound = {},
       std::shared_ptr<const request_judge> portal = {}, std::shared_ptr<delay_calls> delays = {})
    : options_(options), keys_(keys), sessions_(options.sessions, tokens, keys),
      notifications_(options.sessions, sessions_, std::move(notifications)),
      workers_(keys, std::move(workers)), inbound_(std::move(inbound)), portal_(std::move(portal)),
      delays_(std::move(delays)), admin_address_(std::move(admin_address)) {
  }

  admission judge(const request_head& head) const override;

  uint64_t header_bytes() const noexcept override {
    return options_.header_bytes;
  }

private:
  admission judge_route(const request_head& head) const;
  admission judge_publish(const request_head& head) const;
  /// Who may publish; empty, with the refusal, for others.
  bool admit_publisher(const request_head& head, admission& out) const;
  /// With `publishAt` the event is kept until then.
  void judge_delay(const request_head& head, admission& out) const;
  admission judge_delayed_event(const request_head& head, std::string_view id) const;
  admission judge_health(const request_head& head) const;
  admission judge_portal(const request_head& head) const;
  admission take_options(const request_head& head, std::string_view methods) const;
  bool is_allowed(const request_head& head) const noexcept;
  bool may_act(const request_head& head) const noexcept;
  std::string on_admin_port() const;

  const data_port_options& options_;
  const key_ring& keys_;
  sessions::entrance sessions_;
  notification_entrance notifications_;
  worker_entrance workers_;
  inbound_entrance inbound_;
  /// Null = none.
  std::shared_ptr<const request_judge> portal_;
  std::shared_ptr<delay_calls> delays_;
  std::function<std::string()> admin_address_;
};

/// The path of a request target in origin or absolute form, without the query; empty for another.
std::string_view path_of(std::string_view target);

/// The form of the events that a body of this media type holds.
/// Errors: `unsupported_media_type`.
expected<body_form> form_of(const request_head& head);

} // namespace carillon::data
