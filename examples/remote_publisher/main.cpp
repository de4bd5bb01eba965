// Publishes to a node in another process, and subscribes there:
//
//   remote_publisher PORT [KEY]

#include <carillon/remote.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <cstdlib>
#include <future>
#include <iostream>

struct config : caf::actor_system_config {
  config() {
    carillon::remote_engine::configure(*this);
  }
};

carillon::order_shipped shipment(const std::string& order) {
  return {.company_id = "c-1", .order_id = order, .carrier = "post", .tracking_number = "t-1"};
}

int main(int argc, char** argv) {
  if (argc < 2)
    return 2;
  config cfg;
  caf::actor_system system{cfg};
  // Of the handler, which ends with the engine.
  std::promise<void> both;
  int seen = 0;
  auto engine = carillon::remote_engine::connect(
    system,
    {.port = static_cast<std::uint16_t>(std::atoi(argv[1])), .key = argc > 2 ? argv[2] : "none"});
  if (!engine) {
    std::cerr << engine.error().detail << '\n';
    return 1;
  }
  for (const char* order : {"o-1", "o-2", "o-2"}) {
    // The same id is the same event, however often it is published.
    auto receipt = (*engine)->publish(shipment(order), {.id = order}).get();
    if (!receipt)
      return 1;
    std::cout << order << " is event " << receipt->seq << (receipt->duplicate ? ", as before" : "")
              << '\n';
  }
  auto begun = (*engine)->subscribe(
    "warehouse",
    [&](const std::string& event) -> carillon::expected<void> {
      std::cout << "handled " << (event.find(R"("id":"o-1")") != std::string::npos ? "o-1" : "o-2")
                << '\n';
      if (++seen == 2)
        both.set_value();
      return {};
    },
    {.types = {"order.shipped"}, .from_beginning = true});
  return begun && both.get_future().wait_for(std::chrono::seconds{30}) == std::future_status::ready
           ? 0
           : 1;
}
