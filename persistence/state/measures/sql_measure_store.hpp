#pragma once

#include "persistence/state/measures/measure_cells.hpp"
#include "persistence/state/measures/measure_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <optional>
#include <string>

namespace carillon::sql {

/// Definitions of measures, in SQL.
class sql_measure_store final : public measure_store, public effect_writer {
public:
  sql_measure_store(state_connection& db, audit_trail& audit) noexcept
    : db_(db), audit_(audit), cells_(db) {
  }

  expected<measure_list_ptr> list() override;
  expected<measure_record> put(const put_measure& x, timestamp now) override;
  expected<void> remove(const delete_measure& x, timestamp now) override;
  expected<measure_record> backfill(const begin_backfill& x, timestamp now) override;
  expected<void> commit(const commit_backfill& x) override;
  expected<bool> trim() override;
  expected<measure_series_ptr> query(const query_measures& x) override;

  std::vector<std::type_index> types() const override {
    return {typeid(measure_began), typeid(measure_delta)};
  }

  bool is_made_again() const override {
    return true;
  }

  /// What is measured of a definition that is gone is left out.
  void apply(const effects& x, timestamp now) override;

private:
  // Within a transaction, like all of the following.
  std::optional<measure_record> find(const std::string& company_id, const std::string& name);
  std::optional<measure_record> find(uint64_t id);
  /// Empty if there is room for one more.
  std::optional<failure> too_many(const std::string& company_id);
  position cursor();
  void note(const operator_stamp& by, timestamp now, std::string action,
            const measure_definition& x, std::string detail);

  state_connection& db_;
  audit_trail& audit_;
  measure_cells cells_;
};

} // namespace carillon::sql
