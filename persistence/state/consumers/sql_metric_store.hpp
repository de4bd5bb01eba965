#pragma once

#include "persistence/state/consumers/metric_store.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// Counts of events, in SQL.
class sql_metric_store final : public metric_store, public effect_writer {
public:
  explicit sql_metric_store(state_connection& db) noexcept : db_(db) {
  }

  std::vector<std::type_index> types() const override {
    return {typeid(counter_delta)};
  }

  void apply(const effects& x, timestamp now) override;

  expected<metric_rows> query(const query_metrics& x) override;

private:
  state_connection& db_;
};

} // namespace carillon::sql
