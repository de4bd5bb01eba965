// An application with an embedded engine, made to be killed: it publishes numbered events for ever,
// prints each acknowledgement, and its handlers append the events to a file before they return. Two
// more write a row of each event into a table of the application: one as an effect, one as an actor
// whose rows of every third event are refused at the first attempt.
//
//   crash_app DATA_DIR SEEN_FILE FIRST_ID
//
// FIRST_ID 0 publishes nothing: the handlers catch up until SIGTERM, then it stops in order.

#include "carillon/carillon.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

/// One write per line: whole lines survive a SIGKILL, since the page cache does.
void note(int fd, const std::string& line) {
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    std::abort();
}

sql_statement row(const char* handler, position seq, int64_t attempt) {
  return {"INSERT INTO app_seen VALUES (?1, ?2, ?3)",
          {std::string{handler}, static_cast<int64_t>(seq), attempt}};
}

caf::behavior writing_actor(caf::event_based_actor*) {
  return {[](const delivery& x) -> delivery_outcome_ptr {
    auto out = std::make_shared<delivery_outcome>();
    out->made.add(row("actor", x.event->seq, x.attempt));
    return out;
  }};
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4)
    return 2;
  // Blocked before there are threads, so that all of them inherit it.
  sigset_t stop_signal;
  ::sigemptyset(&stop_signal);
  ::sigaddset(&stop_signal, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &stop_signal, nullptr);
  caf::actor_system_config cfg;
  engine::configure(cfg);
  caf::actor_system system{cfg};
  engine_options options;
  options.storage.url = std::string{"sqlite://"} + argv[1];
  options.schema = {{1, "CREATE TABLE app_seen (handler TEXT, seq INTEGER, attempt INTEGER, "
                        "CHECK (handler <> 'actor' OR attempt > 1 OR seq % 3 <> 0))"}};
  auto node = engine::start(system, options);
  if (!node) {
    std::cerr << node.error().detail << '\n';
    return 1;
  }
  int seen = ::open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
  consumer_policy policy;
  policy.retry_schedule = {20ms};
  policy.max_attempts = 50;
  policy.start = start_at::beginning;
  auto steady = node->subscribe<order_created>(
    "steady",
    [seen](const order_created&, const delivery& d) {
      note(seen, "steady " + std::to_string(d.event->seq) + "\n");
    },
    policy);
  // Fails every third first attempt, so that these events arrive through retry rows.
  auto shaky = node->subscribe<order_created>(
    "shaky",
    [seen](const order_created&, const delivery& d) {
      if (d.attempt == 1 && d.event->seq % 3 == 0)
        throw std::runtime_error("not yet");
      note(seen, "shaky " + std::to_string(d.event->seq) + "\n");
    },
    policy);
  auto effect = node->subscribe_effects<order_created>(
    "effect",
    [](const order_created&, const event& x, effects& out) { out.add(row("effect", x.seq, 1)); },
    policy);
  auto actor = node->subscribe("actor", {"order.*"}, system.spawn(writing_actor), policy);
  if (!steady || !shaky || !effect || !actor)
    return 1;
  note(STDOUT_FILENO, "ready\n");
  auto first = std::strtoull(argv[3], nullptr, 10);
  if (first == 0) {
    int number = 0;
    ::sigwait(&stop_signal, &number);
    return node->stop() ? 0 : 1;
  }
  std::vector<std::thread> publishers;
  for (uint64_t worker = 0; worker < 3; ++worker)
    publishers.emplace_back([&, worker] {
      for (uint64_t n = first + worker;; n += 3) {
        order_created x;
        x.company_id = "c-1";
        x.order_id = "o-" + std::to_string(n);
        x.status = "new";
        auto receipt = node->publish(x, {.id = "app-" + std::to_string(n)});
        if (receipt)
          note(STDOUT_FILENO, "ack " + std::to_string(receipt->seq) + "\n");
      }
    });
  for (auto& x : publishers)
    x.join();
}
