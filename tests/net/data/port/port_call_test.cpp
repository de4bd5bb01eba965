#include "net/data/port/port_call.hpp"

#include "net/admin/embedded.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/data_port calls") {
  namespace {

  /// Paths of docs/openapi.yaml with an operation of the data port.
  std::set<std::string> documented_paths() {
    std::set<std::string> out;
    std::istringstream in{std::string{admin::openapi_yaml()}};
    std::string path;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("  /") && line.ends_with(':'))
        path = line.substr(2, line.size() - 3);
      if (line.starts_with("      tags: [") && line.find("data") != std::string::npos)
        out.insert(path);
    }
    return out;
  }

  } // namespace

  TEST_CASE("each path belongs to one call") {
    const std::pair<const char*, port_call> all[]
      = {{"/healthz", port_call::health},
         {"/api/events", port_call::publish},
         {"/ws", port_call::session_socket},
         {"/api/events/stream", port_call::session_stream},
         {"/api/notifications", port_call::notifications},
         {"/api/notifications/1/read", port_call::notifications},
         {"/api/jobs", port_call::work},
         {"/api/consumers/x/pull", port_call::work},
         {"/consume/x", port_call::work},
         {"/in/shop", port_call::inbound},
         {"/api/delayed-events/1", port_call::delayed_event},
         {"/portal", port_call::portal},
         {"/portal/app.js", port_call::portal},
         {"/api/delayed-events/", port_call::none},
         {"/portals", port_call::none},
         {"/api/events/", port_call::none},
         {"/readyz", port_call::none},
         {"/", port_call::none},
         {"", port_call::none}};
    std::set<port_call> seen;
    for (const auto& [path, call] : all) {
      CAPTURE(path);
      CHECK(port_call_of(path) == call);
      seen.insert(call);
    }
    CHECK(seen.size() == all_port_calls.size());
  }

  TEST_CASE("each documented path is in the table") {
    const auto paths = documented_paths();
    CHECK(paths.size() >= 10);
    for (const auto& path : paths) {
      CAPTURE(path);
      CHECK(port_call_of(path) != port_call::none);
    }
  }

  TEST_CASE("of each call it is decided who serves it") {
    std::set<port_call> of_every_node;
    for (const auto x : all_port_calls)
      if (served_by(x) == server_of_call::every_node)
        of_every_node.insert(x);
    CHECK(of_every_node
          == std::set<port_call>{port_call::none, port_call::health, port_call::publish,
                                 port_call::session_socket, port_call::session_stream});
    // The last one of the enumeration.
    CHECK(all_port_calls.size() == static_cast<size_t>(port_call::portal) + 1);
    CHECK(std::is_sorted(all_port_calls.begin(), all_port_calls.end()));
    // One that nobody knows is the owner's.
    CHECK(served_by(static_cast<port_call>(200)) == server_of_call::owner);
  }
}
