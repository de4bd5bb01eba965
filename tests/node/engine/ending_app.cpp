// An application that ends while its engine runs, or cannot stop it, in one of several ways:
//
//   ending_app DATA_DIR WAY
//
// It publishes an event, prints `published`, and ends by the way. It ends with 0 if the way went as
// it should. If it has not ended after a minute, it says so and aborts.

#include "carillon/carillon.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <thread>

/// The state of errors that OpenSSL keeps for a thread: a thread that ends with the process, after
/// OpenSSL, leaves it.
extern "C" const char* __lsan_default_suppressions() { // NOLINT(bugprone-reserved-identifier)
  return "leak:CRYPTO_zalloc\n";
}

using namespace carillon;
using namespace std::chrono_literals;

namespace {

struct system_config : caf::actor_system_config {
  system_config() {
    engine::configure(*this);
  }
};

[[noreturn]] void fail(const failure& x) {
  std::cerr << "ending_app: " << x.detail << std::endl;
  std::_Exit(2);
}

/// The system, and what starts an engine on it, with a published event.
struct application {
  explicit application(std::string path) : directory(std::move(path)) {
  }

  engine start() {
    auto out = engine::start(system, {.storage = {.url = "sqlite://" + directory}});
    if (!out)
      fail(out.error());
    auto receipt = out->publish(order_created{.company_id = "c", .order_id = "o"}, {.id = "e-1"});
    if (!receipt)
      fail(receipt.error());
    std::cout << "published" << std::endl;
    return std::move(*out);
  }

  std::string directory;
  system_config config;
  caf::actor_system system{config};
};

consumer_policy from_the_beginning() {
  consumer_policy out;
  out.start = start_at::beginning;
  return out;
}

bool subscribe(engine& to, handler_function fn) {
  return to.subscribe_function("test", {"order.*"}, std::move(fn), from_the_beginning())
    .has_value();
}

bool eventually(const std::atomic<bool>& x) {
  auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!x && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  return x;
}

// -- the ways -------------------------------------------------------------------

/// `main` returns, or an exception leaves it.
int returns(application& x) {
  auto node = x.start();
  return 0;
}

std::optional<engine> global;

/// The system ends before the handle.
int global_handle(application& x) {
  global = x.start();
  return 0;
}

/// The same, in order but for that.
int global_handle_stopped(application& x) {
  global = x.start();
  return global->stop() ? 0 : 1;
}

/// The application's members are in the wrong order.
int member_before_system(application& x) {
  struct wrong {
    explicit wrong(std::string directory) : app(std::move(directory)) {
      node = app.start();
    }
    std::optional<engine> node;
    application app;
  } all{x.directory};
  return 0;
}

/// The last handle is in a handler that the engine has.
int handle_in_handler(application& x) {
  static std::atomic<bool> seen{false};
  auto node = x.start();
  auto fn = [node](const delivery&) -> expected<void> {
    seen = node.not_ready().empty();
    return {};
  };
  return subscribe(node, fn) && eventually(seen) ? 0 : 1;
}

struct holder {
  holder() = default;
  std::optional<engine> node;
};

caf::behavior holding_actor(caf::stateful_actor<holder>* self, engine node) {
  self->state.node = std::move(node);
  return {[](const delivery&) {}};
}

/// The last handle is in the state of an actor, which ends.
int handle_in_actor(application& x) {
  auto actor = x.system.spawn(holding_actor, x.start());
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  return 0;
}

/// The last handle is in the state of an actor to which the engine sends its events.
int handle_in_target(application& x) {
  auto node = x.start();
  return node.subscribe("test", {"order.*"}, x.system.spawn(holding_actor, node),
                        from_the_beginning())
           ? 0
           : 1;
}

/// An actor has no other owner than the engine, which the system outlives only by name.
int target_of_global(application& x) {
  global = x.start();
  auto target = x.system.spawn(
    [](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
      return {[](const delivery&) {}};
    },
    0);
  return global->subscribe("test", {"order.*"}, target, from_the_beginning()) ? 0 : 1;
}

/// All actors of the engine are told to end at once.
int exit_to_all(application& x) {
  auto node = x.start();
  for (const auto& [name, actor] : node.actors())
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  return 0;
}

/// Threads and an actor stop the engine, all at once.
int stops_from_everywhere(application& x) {
  auto node = x.start();
  auto actor = x.system.spawn(
    [node](caf::event_based_actor*, int /*CAF wants one*/) mutable -> caf::behavior {
      return {[node](caf::put_atom) mutable { return node.stop(); }};
    },
    0);
  auto first = std::async(std::launch::async, [&] { return node.stop(); });
  auto second = std::async(std::launch::async, [&] { return node.stop(); });
  auto third = ask<bool>(x.system, actor, 30s, caf::put_atom::value);
  auto after = node.stop();
  return first.get() && second.get() && third && *third && after ? 0 : 1;
}

/// A handler never returns. Its thread cannot be ended, so the process ends without the
/// destructors.
int blocked_function(application& x) {
  static std::atomic<bool> begun{false};
  auto node = x.start();
  auto fn = [](const delivery&) -> expected<void> {
    begun = true;
    std::promise<void>{}.get_future().wait();
    return {};
  };
  if (!subscribe(node, fn) || !eventually(begun))
    return 1;
  std::_Exit(node.stop(2s) ? 1 : 0);
}

const std::map<std::string, int (*)(application&)> ways{
  {"returns", returns},
  {"global_handle", global_handle},
  {"global_handle_stopped", global_handle_stopped},
  {"member_before_system", member_before_system},
  {"handle_in_handler", handle_in_handler},
  {"handle_in_actor", handle_in_actor},
  {"handle_in_target", handle_in_target},
  {"target_of_global", target_of_global},
  {"exit_to_all", exit_to_all},
  {"stops_from_everywhere", stops_from_everywhere},
  {"blocked_function", blocked_function},
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 3 || !ways.contains(argv[2]))
    return 2;
  std::thread{[way = std::string{argv[2]}] {
    std::this_thread::sleep_for(60s);
    std::cerr << "ending_app: it hangs when it ends by '" << way << "'" << std::endl;
    std::abort();
  }}.detach();
  application x{argv[1]};
  return ways.at(argv[2])(x);
}
