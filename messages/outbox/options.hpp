#pragma once

#include <string>

namespace carillon {

/// Which outboxes a node moves into its log, see docs/outbox.md.
struct outbox_settings {
  /// Whether it moves the one of its own database; PostgreSQL only.
  bool own = true;
  /// URL of another database that has an outbox: `postgresql://…`, `mysql://…`, `sqlite:///FILE`;
  /// empty = none.
  std::string from;
};

} // namespace carillon
