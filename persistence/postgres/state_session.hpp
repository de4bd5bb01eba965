#pragma once

#include "persistence/postgres/blockers.hpp"
#include "persistence/postgres/node_lock.hpp"
#include "persistence/state/sql/database.hpp"

#include <memory>
#include <string>

namespace carillon::postgres {

/// The state's tables, as the state store sees them.
class state_database : public sql::backend {
public:
  /// @param lock lock of the writing node; null for sessions that only read
  /// @param tell receives reports of blocked writes
  state_database(std::string url, postgres_options options, std::shared_ptr<node_lock> lock,
                 trouble_listener tell = {})
    : url_(std::move(url)), options_(options), lock_(std::move(lock)), tell_(std::move(tell)) {
  }

  std::unique_ptr<sql::session> connect() const override;
  failure to_failure(const std::exception& x) const noexcept override;
  std::optional<std::string> blame_statement(const std::exception& x) const override;

private:
  std::string url_;
  postgres_options options_;
  std::shared_ptr<node_lock> lock_;
  trouble_listener tell_;
};

} // namespace carillon::postgres
