#include "persistence/postgres/nodes/node_beat.hpp"

#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/migrations.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace carillon::postgres {

namespace {

constexpr std::chrono::milliseconds beat_interval{1'000};
/// A standby that was silent for this long is not listed any more.
constexpr std::chrono::minutes forgotten_after{1};
/// Rows of nodes that are gone, beyond which the oldest are deleted.
constexpr ptrdiff_t most_gone = 40;
/// After a beat that failed.
constexpr std::chrono::milliseconds beat_again{250};

bool is_gone(const node_record& x) noexcept {
  return x.state == node_state::stopped || x.state == node_state::lost;
}

} // namespace

node_beat::node_beat(const std::string& url, const postgres_options& options, node_identity self,
                     trouble_listener tell)
  : table_(url, options, std::move(self)), tell_(std::move(tell)) {
}

node_beat::~node_beat() {
  end();
}

void node_beat::start(int64_t epoch) {
  const auto now = boot_clock::now();
  // Before the row of the last owner is one of those that are gone: it reads there that it is lost.
  table_.forget_the_gone();
  table_.become_active({}, epoch);
  last_ = now.time_since_epoch().count();
  auto nodes = table_.list();
  watch_.look(nodes, true, boot_clock::now());
  nodes_ = std::move(nodes);
  thread_ = std::thread{[this] { run(); }};
}

void node_beat::announce(node_addresses at) {
  {
    std::lock_guard guard{mutex_};
    at_ = std::move(at);
    wanted_ = true;
  }
  changed_.notify_all();
}

std::vector<node_record> node_beat::nodes() const {
  std::lock_guard guard{mutex_};
  return nodes_;
}

expected<void> node_beat::check_schema() const {
  std::lock_guard guard{mutex_};
  return schema_fault_ ? expected<void>{*schema_fault_} : expected<void>{};
}

void node_beat::end() noexcept {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    table_.db().interrupt();
    thread_.join();
  }
}

void node_beat::leave() noexcept {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  // A beat under way ends within its time limit.
  if (thread_.joinable())
    thread_.join();
  try {
    table_.leave(node_state::active);
  } catch (const std::exception&) {
    // Others find out by themselves.
    return;
  }
}

void node_beat::beat() {
  node_addresses at;
  {
    std::lock_guard guard{mutex_};
    at = at_;
  }
  const auto sent = boot_clock::now();
  const auto state = table_.beat(node_state::active, at);
  if (state != node_state::active) {
    superseded_ = true;
    return;
  }
  last_ = sent.time_since_epoch().count();
  auto nodes = table_.list();
  watch_.look(nodes, true, boot_clock::now());
  {
    std::lock_guard guard{mutex_};
    nodes_ = nodes;
  }
  for (const auto& x : nodes)
    if (x.state == node_state::standby && x.silent > forgotten_after)
      table_.forget(x.who);
  if (std::count_if(nodes.begin(), nodes.end(), is_gone) > most_gone)
    table_.forget_the_gone();
  const auto fault = table_.end_the_silent(nodes);
  if (!fault.empty() && fault != told_of_silent_ && tell_)
    tell_(fault);
  told_of_silent_ = fault;
}

void node_beat::look_at_schema() noexcept {
  try {
    auto schema = state_of_schema(table_.db());
    if (schema)
      return;
    std::lock_guard guard{mutex_};
    schema_fault_ = schema.error();
  } catch (const std::exception&) {
    // After the next beat.
    return;
  }
}

void node_beat::run() {
  bool failed = false;
  std::unique_lock lock{mutex_};
  while (!stop_ && !superseded_) {
    changed_.wait_for(lock, failed ? beat_again : beat_interval,
                      [this] { return stop_ || wanted_; });
    if (stop_)
      return;
    wanted_ = false;
    lock.unlock();
    try {
      beat();
      if (!superseded_)
        look_at_schema();
      failed = false;
    } catch (const std::exception& x) {
      if (!std::exchange(failed, true) && tell_)
        tell_("this node cannot note in the database that it lives; it begins no call of a webhook "
              "and sends no mail until it can: "
              + to_operators_failure(x).detail);
    }
    lock.lock();
  }
}

} // namespace carillon::postgres
