#include "actors/workers/open_deliveries.hpp"

#include "messages/consumers/interfaces.hpp"

#include <memory>
#include <utility>

namespace carillon {

void open_deliveries::answer(uint64_t number, delivery_outcome x) {
  auto found = promises_.extract(number);
  if (!found.empty())
    found.mapped().deliver(
      delivery_outcome_ptr{std::make_shared<const delivery_outcome>(std::move(x))});
}

void open_deliveries::return_all() {
  for (auto& [number, to] : std::exchange(promises_, {}))
    to.deliver(returned_outcome());
}

delivery_outcome_ptr returned_outcome() {
  static const auto out = [] {
    delivery_outcome x;
    x.returned = true;
    return std::make_shared<const delivery_outcome>(std::move(x));
  }();
  return out;
}

} // namespace carillon
