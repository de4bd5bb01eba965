#pragma once

#include "tests/persistence/test_store.hpp"
#include "tests/support/own_postgres.hpp"
#include "tests/support/tcp_gate.hpp"

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace carillon::test {

using namespace std::chrono_literals;

/// A store on a separate server, behind a gate that cuts its connections.
struct postgres_world {
  own_postgres server;
  tcp_gate gate{server.port()};
  temporary_directory directory;
  storage_options options;
  std::unique_ptr<storage> store;
  std::unique_ptr<event_log> log;
  std::unique_ptr<state_store> state;

  postgres_world() {
    options.url = server.url(gate.port());
    options.directory = directory.path();
    options.postgres.lock_timeout = 300ms;
    options.postgres.max_pause = 200ms;
    options.postgres.doubt_limit = 2s;
    store = must(storage::open(options));
    log = must(store->open_log_writer());
    state = must(store->open_state(true));
  }

  /// By id: positions of all events.
  std::map<std::string, std::vector<position>> stored() {
    auto reader = must(store->open_log_reader());
    std::map<std::string, std::vector<position>> out;
    position after = 0;
    for (;;) {
      auto page = must(reader->read({.after = after, .filter = {}, .limit = 1'000}));
      for (const auto& x : page.events) {
        CHECK(x->seq == ++after);
        out[x->id].push_back(x->seq);
      }
      if (page.events.empty())
        return out;
    }
  }
};

/// Retries until the store accepts it; counts failures.
inline append_result append_at_last(event_log& log, const std::vector<draft_ptr>& drafts,
                                    unsigned& refusals) {
  auto end = std::chrono::steady_clock::now() + 30s;
  for (;;) {
    auto done = log.append(drafts, epoch);
    if (done)
      return std::move(*done);
    REQUIRE(done.error().code == ec::store_unavailable);
    REQUIRE(std::chrono::steady_clock::now() < end);
    ++refusals;
    std::this_thread::sleep_for(10ms); // as publishers wait
  }
}

} // namespace carillon::test
