#include "handlers/metrics/metrics_handler.hpp"

#include "messages/consumers/counter.hpp"

namespace carillon {

void metrics_handler::handle(const event& x, effects& out) {
  out.add(counter_delta{.hour = std::chrono::floor<std::chrono::hours>(x.time),
                        .type = x.type,
                        .company_id = x.company_id,
                        .add = 1});
}

} // namespace carillon
