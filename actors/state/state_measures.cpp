#include "actors/state/handlers.hpp"
#include "messages/measures/requests.hpp"

namespace carillon {

caf::message_handler measure_handlers(state_store& store) {
  auto* measures = &store.measures();
  return handlers_of(
    measure_requests{},
    overloaded{
      [measures](const list_measures&) { return answer(measures->list()); },
      [measures](const put_measure& x) { return answer(measures->put(x, wall_clock_now())); },
      [measures](const delete_measure& x) { return answer(measures->remove(x, wall_clock_now())); },
      [measures](const begin_backfill& x) {
        return answer(measures->backfill(x, wall_clock_now()));
      },
      [measures](const commit_backfill& x) { return answer(measures->commit(x)); },
      [measures](const trim_measures&) { return answer(measures->trim()); },
      [measures](const query_measures& x) { return answer(measures->query(x)); }});
}

} // namespace carillon
