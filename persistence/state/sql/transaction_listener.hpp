#pragma once

namespace carillon::sql {

/// Notified of the transactions of a `state_connection`.
class transaction_listener {
public:
  virtual void begun() noexcept = 0;

  /// Its writes are durable.
  virtual void committed() noexcept = 0;

protected:
  ~transaction_listener() = default;
};

} // namespace carillon::sql
