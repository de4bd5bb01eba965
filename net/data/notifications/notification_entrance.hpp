#pragma once

#include "net/data/notifications/notification_access.hpp"
#include "net/data/notifications/notification_route.hpp"
#include "net/data/sessions/entrance.hpp"

#include <memory>
#include <optional>

namespace carillon::data {

/// Judges requests of users for their own notifications: method, origin, identity, query. The
/// identity is that of a session, and it alone decides whose notifications are meant. Thread-safe.
class notification_entrance {
public:
  /// Both references outlive it.
  /// @param from null = notifications are not kept
  notification_entrance(const session_port_options& options, const sessions::entrance& sessions,
                        std::shared_ptr<notification_access> from)
    : options_(options), sessions_(sessions), from_(std::move(from)) {
  }

  /// @param known_page true for clients without an `Origin`, and for pages that may call the port
  admission judge(const notification_route& at, const request_head& head, bool known_page) const;

private:
  std::optional<refusal> check(const notification_route& at, const request_head& head,
                               bool known_page) const;
  expected<viewer> identify(const request_head& head, const sessions::parameters& all) const;
  expected<std::shared_ptr<handed_call>> make_call(const notification_route& at, const viewer& who,
                                                   const sessions::parameters& all) const;

  const session_port_options& options_;
  const sessions::entrance& sessions_;
  std::shared_ptr<notification_access> from_;
};

} // namespace carillon::data
