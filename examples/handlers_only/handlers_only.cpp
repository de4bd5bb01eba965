// An engine without ports, and without the built-in handlers:
//
//   handlers_only DATA_DIRECTORY < events.jsonl
//
// It takes events as the data port does, one per line of standard input, and hands them to a
// function that runs in a thread of its own.

#include <carillon/carillon.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <string>

using namespace std::chrono_literals;

namespace {

/// What the handler has seen. Its thread writes it, `main` waits for it.
struct seen {
  std::mutex mutex;
  std::condition_variable changed;
  carillon::position last = 0;
  double total = 0;
};

// docs: begin
/// What an application does that serves `/api/events` itself: `body` is the body of a request,
/// `who` the owner of its key. The answer has `http_status_of(error.code)` and
/// `problem_json(error)`.
carillon::expected<carillon::receipt> take(carillon::engine& engine, std::string_view body,
                                           const carillon::principal& who) {
  auto context = engine.parsing();
  context.company_id = who.company_id;
  auto draft = carillon::parse_event(body, context);
  if (draft)
    if (auto claimed = carillon::claim(**draft, who); !claimed)
      return claimed.error();
  return engine.publish_draft(std::move(draft), who.company_id).get(); // it is on disk
}
// docs: end

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: handlers_only DATA_DIRECTORY < EVENTS\n";
    return 2;
  }
  caf::actor_system_config config;
  carillon::engine::configure(config);
  caf::actor_system system{config};
  seen orders;
  // docs: begin
  carillon::engine_options options;
  options.storage.url = std::string{"sqlite://"} + argv[1];
  // None of the built-in handlers.
  options.audit_types = options.metrics_types = {};
  options.email_types = options.notification_types = {};
  auto engine = carillon::engine::start(system, options);
  // docs: end
  if (!engine) {
    std::cerr << engine.error().detail << '\n';
    return 1;
  }
  auto added = engine->subscribe<carillon::order_created>(
    "totals", [&](const carillon::order_created& order, const carillon::delivery& x) {
      std::lock_guard guard{orders.mutex};
      orders.total += order.total;
      orders.last = x.event->seq;
      orders.changed.notify_all();
    });
  if (!added) {
    std::cerr << added.error().detail << '\n';
    return 1;
  }
  carillon::position last = 0;
  for (std::string line; std::getline(std::cin, line);) {
    auto receipt = take(*engine, line, {.company_id = "acme"});
    if (receipt) {
      std::cout << "event " << receipt->seq << (receipt->duplicate ? ", a duplicate\n" : "\n");
      last = receipt->duplicate ? last : receipt->seq;
    } else {
      std::cout << carillon::http_status_of(receipt.error().code) << ' '
                << carillon::name_of(receipt.error().code) << ' ' << receipt.error().field << '\n';
    }
  }
  {
    std::unique_lock guard{orders.mutex};
    orders.changed.wait_for(guard, 20s, [&] { return orders.last >= last; });
    std::cout << "total " << orders.total << '\n';
  }
  // docs: begin
  carillon::query_request query;
  query.filter.company_id = "acme";
  auto page
    = carillon::ask<carillon::query_page_ptr>(system, engine->handles().readers.front(), 5s, query);
  // docs: end
  if (page)
    std::cout << "events of acme: " << (*page)->events.size() << '\n';
  return engine->stop() ? 0 : 1;
}
