// Receives webhooks of a node, and verifies their signatures:
//
//   webhook_receiver SECRET PORT
//
// SECRET is what `carillon webhooks create` prints: whsec_… or, for Ed25519, whpk_…. It prints each
// message that is genuine, once.

#include <carillon/carillon.hpp>

#include <httplib.h>

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: webhook_receiver SECRET PORT\n";
    return 2;
  }
  auto secret = carillon::parse_webhook_key(argv[1]);
  if (!secret) {
    std::cerr << secret.error().detail << '\n';
    return 2;
  }
  std::mutex mutex;
  std::set<std::string> known;
  httplib::Server server;
  server.set_payload_max_length(1024 * 1024);
  server.Post("/", [&](const httplib::Request& request, httplib::Response& response) {
    // docs: begin
    const auto id = request.get_header_value("webhook-id");
    const auto sent_at = request.get_header_value("webhook-timestamp");
    const auto signature = request.get_header_value("webhook-signature");
    auto genuine = carillon::verify({.id = id, .timestamp = sent_at, .signature = signature},
                                    request.body, {&*secret, 1}, carillon::wall_clock_now());
    // docs: end
    if (!genuine) {
      std::cout << "refused: " << genuine.error().field << std::endl;
      response.status = 401;
      return;
    }
    // A message may come more than once, always with the same id.
    std::lock_guard guard{mutex};
    if (known.insert(id).second)
      std::cout << id << ' ' << request.body << std::endl;
    response.status = 204;
  });
  const auto port = server.bind_to_port("127.0.0.1", std::atoi(argv[2])) ? std::atoi(argv[2]) : 0;
  if (port == 0) {
    std::cerr << "port " << argv[2] << " is taken\n";
    return 1;
  }
  std::cout << "ready" << std::endl;
  return server.listen_after_bind() ? 0 : 1;
}
