#include "bench/handlers_rate.hpp"

#include "bench/engine_system.hpp"
#include "bench/publish_rate.hpp"
#include "bench/support.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <array>
#include <thread>

namespace carillon::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::array measured_handlers{"audit", "metrics", "notification"};

void set_paused(caf::scoped_actor& self, const engine& node, bool paused) {
  for (const auto* name : measured_handlers) {
    pause_consumer request;
    request.name = name;
    request.paused = paused;
    self->request(node.handles().supervisor, 30s, request)
      .receive([](const consumer_status&) {},
               [](const caf::error& reason) { fail(to_failure(reason).detail); });
  }
}

/// Waits until each of the handlers has done the events up to here.
void wait_for_handlers(caf::scoped_actor& self, const engine& node, position up_to) {
  for (bool left = true; left; std::this_thread::sleep_for(2ms))
    self->request(node.handles().supervisor, 30s, list_consumers{})
      .receive(
        [&](const consumer_statuses& all) {
          left = false;
          for (const auto& x : all)
            left = left || x.cursor < up_to;
        },
        [](const caf::error& reason) { fail(to_failure(reason).detail); });
}

} // namespace

double handlers_rate(const storage_options& storage, uint64_t events, uint64_t& announced) {
  system_config cfg;
  caf::actor_system system{cfg};
  engine_options options;
  options.storage = storage;
  options.audit_types = {"*"};
  options.evidence.enabled = false;
  options.email_types = {};
  auto node = engine::start(system, options);
  if (!node)
    fail(node.error().detail);
  caf::scoped_actor self{system, true};
  set_paused(self, *node, true);
  gate one{1};
  uint64_t n = 0;
  while (n < events) {
    one.enter();
    node->publish(make_drafts(512, n), [&](const expected<receipts>& result) {
      if (!result)
        fail("publish refused: " + result.error().detail);
      one.leave();
    });
  }
  one.enter();
  // An index beside the log is a consumer of its own, measured separately.
  while (node->stats()->indexed < n)
    std::this_thread::sleep_for(1ms);
  stopwatch watch;
  set_paused(self, *node, false);
  wait_for_handlers(self, *node, n);
  auto rate = static_cast<double>(n) / watch.seconds();
  announced = node->stats()->head.load() - n;
  node->stop();
  return rate;
}

} // namespace carillon::bench
