// The data port with a publish function that stores nothing: the upper bound of the HTTP side.
//   null_port SECONDS HTTP_LOAD: starts the port, runs the load generator against it, prints its
//   line.

#include "messages/codec/type_registry.hpp"
#include "net/data/port/data_port.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace carillon;

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  type_registry types;
  key_ring keys;
  keys.admit_everyone();
  std::atomic<position> head{0};
  data_port_options options;
  options.port = 0;
  data_port_backend backend;
  backend.publish = [&head](const publish_call_ptr& call) {
    receipts out(call->size());
    for (auto& x : out)
      x.seq = ++head;
    call->complete(std::move(out));
  };
  backend.types = &types;
  backend.keys = &keys;
  backend.stats = std::make_shared<telemetry>();
  auto port = data_port::start(options, std::move(backend));
  if (!port)
    return 1;
  auto command = std::string{argv[2]} + " --connections 64 --seconds " + argv[1] + " --port "
                 + std::to_string((*port)->port());
  auto status = std::system(command.c_str());
  (*port)->stop(std::chrono::seconds{1});
  return status == 0 ? 0 : 1;
}
