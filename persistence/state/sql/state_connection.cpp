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

std::optional<std::string> state_connection::reason_of(const std::exception& x) const {
  if (dynamic_cast<const unusable_statement*>(&x) != nullptr)
    return x.what();
  return database_->blame_statement(x);
}

state_connection::link& state_connection::connected() {
  if (!link_ || !link_->db->usable())
    link_ = std::make_unique<link>(database_->connect());
  return *link_;
}

} // namespace carillon::sql
