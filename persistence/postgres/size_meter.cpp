#include "persistence/postgres/size_meter.hpp"

#include "persistence/postgres/faults.hpp"

namespace carillon::postgres {

expected<checkpoint_result> size_meter::run() {
  if (clock::now() < next_look_)
    return seen_;
  try {
    auto found
      = db_.ask("SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = (SELECT relnamespace FROM pg_class "
                "WHERE oid = to_regclass('event_log'))",
                {});
    seen_.store_bytes = found[0][0].as<uint64_t>();
    next_look_ = clock::now() + interval;
    return seen_;
  } catch (const std::exception& x) {
    return to_failure(x);
  }
}

} // namespace carillon::postgres
