#include "persistence/state/sql_state_store.hpp"

namespace carillon::sql {

sql_state_store::sql_state_store(std::shared_ptr<const backend> database,
                                 std::shared_ptr<void> token)
  : database_(std::move(database)), token_(std::move(token)) {
}

sql_state_store::~sql_state_store() {
  keep_end(true);
}

expected<void> sql_state_store::connect() {
  try {
    connected();
    return {};
  } catch (const std::exception& x) {
    return database_->to_failure(x);
  }
}

sql_state_store::link& sql_state_store::connected() {
  if (!link_ || !link_->db->usable())
    link_ = std::make_unique<link>(database_->connect());
  return *link_;
}

} // namespace carillon::sql
