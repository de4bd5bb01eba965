#pragma once

#include "base/failure.hpp"
#include "messages/measures/requests.hpp"

namespace carillon {

/// The part of the state store for definitions of measures, and what they measured; see
/// `state_store`. Effects of the metrics handler reach it with the commit of its consumer.
class measure_store {
public:
  /// Name of the consumer that measures live.
  static constexpr const char* consumer = "metrics";

  virtual ~measure_store() = default;

  virtual expected<measure_list_ptr> list() = 0;
  virtual expected<measure_record> put(const put_measure& x, timestamp now) = 0;
  virtual expected<void> remove(const delete_measure& x, timestamp now) = 0;
  virtual expected<measure_record> backfill(const begin_backfill& x, timestamp now) = 0;
  virtual expected<void> commit(const commit_backfill& x) = 0;
  virtual expected<bool> trim() = 0;
  virtual expected<measure_series_ptr> query(const query_measures& x) = 0;
};

} // namespace carillon
