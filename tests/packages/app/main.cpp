#include <carillon/carillon.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <iostream>
#include <string>

int main(int, char** argv) {
  caf::actor_system_config config;
  carillon::engine::configure(config);
  caf::actor_system system{config};
  carillon::engine_options options;
  options.storage.url = std::string{"sqlite://"} + argv[1];
  options.storage.directory = argv[1];
  auto engine = carillon::engine::start(system, options);
  if (!engine)
    return 1;
  auto receipt
    = engine->publish(carillon::user_login{.user_id = "u-1", .ip = "192.0.2.1", .user_agent = "x"});
  if (!receipt)
    return 1;
  std::cout << "stored " << receipt->seq << '\n';
  return engine->stop() ? 0 : 1;
}
