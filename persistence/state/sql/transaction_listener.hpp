#pragma once

namespace carillon::sql {

/// Notified of the transactions of a `state_connection`.
class transaction_listener {
public:
  virtual void begun() noexcept = 0;

  /// @param on_disk its writes are durable, and all before them if there are any; false = a power
  /// cut may take them
  virtual void committed(bool on_disk) noexcept = 0;

protected:
  ~transaction_listener() = default;
};

} // namespace carillon::sql
