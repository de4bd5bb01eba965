// Publishes to a node in another process, and subscribes there:
//
//   remote_publisher PORT [KEY [CERTIFICATE PRIVATE_KEY AUTHORITY]]
//
// With the three files, which are PEM, it connects by TLS.

#include <cstdlib>
#include <future>
#include <iostream>

// docs: begin
#include <carillon/remote.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

struct config : caf::actor_system_config {
  explicit config(const carillon::remote_tls& files) {
    carillon::remote_engine::configure(*this, files);
  }
};
// docs: end

int main(int argc, char** argv) {
  if (argc < 2)
    return 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const std::string key = argc > 2 ? argv[2] : "none";
  carillon::remote_tls files;
  if (argc > 5) {
    // docs: begin
    files = {.certificate = argv[3], .key = argv[4], .authority = argv[5]};
    // docs: end
  }
  // Of the handler, which ends with the engine.
  std::promise<void> both;
  int seen = 0;
  // docs: begin
  config cfg{files};
  caf::actor_system system{cfg};
  auto engine = carillon::remote_engine::connect(
    system, {.port = port, .key = key, .tls = !files.certificate.empty()});
  // docs: end
  if (!engine) {
    std::cerr << engine.error().detail << '\n';
    return 1;
  }
  for (const std::string order : {"o-1", "o-2", "o-2"}) {
    // docs: begin
    carillon::order_shipped shipment{.company_id = "c-1", .order_id = order, .carrier = "post"};
    // The same id is the same event, however often it is published.
    auto receipt = (*engine)->publish(shipment, {.id = order}).get();
    // docs: end
    if (!receipt)
      return 1;
    std::cout << order << " is event " << receipt->seq << (receipt->duplicate ? ", as before" : "")
              << '\n';
  }
  // docs: begin
  auto begun = (*engine)->subscribe(
    "warehouse",
    [&](const std::string& event) -> carillon::expected<void> {
      std::cout << "handled " << (event.find(R"("id":"o-1")") != std::string::npos ? "o-1" : "o-2")
                << '\n';
      if (++seen == 2)
        both.set_value();
      return {}; // a failure would get the event again
    },
    {.types = {"order.shipped"},
     .filter = *carillon::payload_filter::parse(R"({"data.carrier": "post"})"),
     .from_beginning = true});
  // docs: end
  return begun && both.get_future().wait_for(std::chrono::seconds{30}) == std::future_status::ready
           ? 0
           : 1;
}
