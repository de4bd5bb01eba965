#pragma once

#include "base/failure.hpp"
#include "messages/events/viewer.hpp"
#include "net/data/sessions/query.hpp"

#include <cstdint>
#include <optional>

namespace carillon::data {

/// The query of a user's request for notifications.
struct notification_query {
  /// Fewer than on the admin port: a connection may ask for many pages at once.
  static constexpr size_t most_items = 100;

  bool unread = false;
  /// 1 to `most_items`.
  size_t limit = most_items;
  std::optional<uint64_t> beyond;
  /// The list for which its cursors are good: this user's, with these parameters.
  uint64_t list = 0;
};

/// Reads the parameters `unread`, `limit` and `cursor`. `user` and `company`, which name the caller
/// under `--dev`, are left out. Errors: `invalid_argument`.
expected<notification_query> notification_query_of(const sessions::parameters& all,
                                                   const viewer& who);

/// The same for a call without parameters.
expected<void> check_no_parameters(const sessions::parameters& all);

} // namespace carillon::data
