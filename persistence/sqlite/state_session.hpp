#pragma once

#include "persistence/sqlite/connection.hpp"
#include "persistence/state/sql/database.hpp"

namespace carillon::sqlite {

/// state.db, as the state store sees it.
class state_database : public sql::backend {
public:
  explicit state_database(connection_options options) : options_(std::move(options)) {
  }

  std::unique_ptr<sql::session> connect() const override;
  failure to_failure(const std::exception& x) const noexcept override;
  std::optional<std::string> blame_statement(const std::exception& x) const override;

private:
  connection_options options_;
};

} // namespace carillon::sqlite
