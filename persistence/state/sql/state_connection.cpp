#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

expected<void> state_connection::connect() {
  try {
    connected();
    return {};
  } catch (const std::exception& x) {
    return database_->to_failure(x);
  }
}

state_connection::link& state_connection::connected() {
  if (!link_ || !link_->db->usable())
    link_ = std::make_unique<link>(database_->connect());
  return *link_;
}

} // namespace carillon::sql
