// The shortest program with an engine; the first code block of docs/embedding.md.

// docs: begin
#include <carillon/carillon.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

int main() {
  caf::actor_system_config config;
  carillon::engine::configure(config);
  caf::actor_system system{config};
  auto engine = carillon::engine::start(system, {.storage = {.url = "sqlite://data"}});
  if (!engine)
    return 1;
  auto receipt = engine->publish(carillon::order_created{.company_id = "c-1", .order_id = "o-1"});
  return receipt && engine->stop() ? 0 : 1;
}
// docs: end
