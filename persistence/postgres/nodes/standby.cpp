#include "persistence/postgres/nodes/standby.hpp"

#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/migrations.hpp"
#include "persistence/postgres/pooler.hpp"

#include <utility>

namespace carillon::postgres {

namespace {

/// While the lock of an owner that has left is about to be free. The server frees it a moment after
/// its connection has ended, which may be after the notice.
constexpr std::chrono::milliseconds look_again{50};
constexpr std::chrono::milliseconds standby_beat_interval{1'000};
/// After an outcome that came to nothing.
constexpr std::chrono::milliseconds pause_of_standby{1'000};

storage_options under_its_name(storage_options x) {
  x.postgres.application = application_name_of(x.node);
  x.postgres.statement_timeout = std::chrono::milliseconds{2'000};
  x.postgres.answer_grace = std::chrono::milliseconds{1'000};
  return x;
}

} // namespace

standby::standby(storage_options options, std::function<void()> changed,
                 std::chrono::milliseconds look_interval)
  : options_(under_its_name(std::move(options))), changed_(std::move(changed)),
    look_interval_(look_interval), table_(options_.url, options_.postgres, options_.node),
    bell_(options_.url, options_.postgres) {
}

expected<std::unique_ptr<standby>> standby::open(const storage_options& options,
                                                 std::function<void()> changed,
                                                 std::chrono::milliseconds look_interval) {
  auto conninfo = connection_string(options.url, options.postgres);
  if (!conninfo)
    return conninfo.error();
  auto settings = options;
  settings.url = std::move(*conninfo);
  return std::unique_ptr<standby>{
    new standby{std::move(settings), std::move(changed), look_interval}};
}

void standby::end_thread() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  bell_.ring();
  if (thread_.joinable())
    thread_.join();
}

standby::~standby() {
  const bool began = thread_.joinable();
  end_thread();
  if (!began)
    return;
  try {
    if (has_table_)
      table_.leave(node_state::standby);
  } catch (const std::exception&) {
    // It is forgotten in a minute.
    return;
  }
}

void standby::start(const node_addresses& at) {
  end_thread();
  {
    std::lock_guard guard{mutex_};
    stop_ = false;
    again_ = result_.due;
    at_ = at;
    result_ = {};
  }
  watch_.lost_sight();
  next_beat_ = {};
  left_since_.reset();
  last_held_ = boot_clock::now();
  thread_ = std::thread{[this] { run(); }};
}

standby::outcome standby::result() const {
  std::lock_guard guard{mutex_};
  return result_;
}

node_record standby::owner() const {
  std::lock_guard guard{mutex_};
  return owner_;
}

std::vector<node_record> standby::nodes() const {
  std::lock_guard guard{mutex_};
  return nodes_;
}

bool standby::may_follow() const {
  std::lock_guard guard{mutex_};
  return may_follow_;
}

void standby::run() {
  bool reachable = true;
  if (std::unique_lock lock{mutex_}; again_)
    wake_.wait_for(lock, pause_of_standby, [this] { return stop_; });
  for (;;) {
    outcome found;
    try {
      auto due = look();
      if (due)
        found.due = *due;
      else
        found.fault = due.error();
      reachable = true;
    } catch (const std::exception& x) {
      watch_.lost_sight();
      last_held_ = boot_clock::now();
      if (std::exchange(reachable, false) && options_.on_trouble)
        options_.on_trouble("the standby cannot ask the database: "
                            + to_operators_failure(x).detail);
    }
    std::unique_lock lock{mutex_};
    if (stop_)
      return;
    if (found.due || found.fault) {
      const bool due = found.due;
      result_ = std::move(found);
      lock.unlock();
      changed_();
      if (due)
        beat_while_due();
      return;
    }
    lock.unlock();
    if (reachable)
      bell_.listen();
    bell_.wait(is_left() ? look_again : look_interval_);
    lock.lock();
    if (stop_)
      return;
  }
}

void standby::beat_while_due() {
  std::unique_lock lock{mutex_};
  // A node that stands still while it takes the place of the owner is silent like any other.
  while (!wake_.wait_for(lock, standby_beat_interval, [this] { return stop_; })) {
    const auto at = at_;
    lock.unlock();
    try {
      // The node may be about to change the tables.
      if (look_at_schema() && has_table_)
        table_.beat_meanwhile(at);
    } catch (const std::exception&) {
      // Others find it silent if this goes on.
      lock.lock();
      continue;
    }
    lock.lock();
  }
}

expected<void> standby::look_at_schema() {
  auto schema = state_of_schema(table_.db());
  if (!schema)
    return schema.error();
  has_table_ = schema->is_complete();
  is_older_ = schema->applied > 0 && !has_table_;
  return {};
}

expected<void> standby::check_database() {
  if (checked_)
    return {};
  if (auto refused = refuse_transaction_pooler(options_.url, options_.postgres); !refused)
    return refused;
  if (auto usable = check_server(table_.db()); !usable)
    return usable;
  checked_ = true;
  return {};
}

expected<bool> standby::look() {
  if (auto usable = check_database(); !usable)
    return usable.error();
  const auto now = boot_clock::now();
  if (now >= next_beat_) {
    if (auto known = look_at_schema(); !known)
      return known.error();
    if (has_table_) {
      node_addresses at;
      {
        std::lock_guard guard{mutex_};
        at = at_;
      }
      table_.beat(node_state::standby, at);
    }
    next_beat_ = now + standby_beat_interval;
  }
  auto nodes = has_table_ ? table_.list() : std::vector<node_record>{};
  const auto held = table_.is_held();
  const auto verdict = watch_.look(nodes, held, boot_clock::now());
  note(nodes, verdict == succession::wait);
  if (!has_table_ || verdict != succession::wait_for_taker)
    left_since_.reset();
  else if (!left_since_)
    left_since_ = now;
  // A node of an earlier version shows no beat, and takes its lock again when it was cut off.
  if (held)
    last_held_ = now;
  if (is_older_ && now - last_held_ < node_dead_after)
    return false;
  if (verdict == succession::end_and_take)
    end_dead_owners(nodes);
  // The next owner takes the lock of the log, which one of them may hold; and one of them may have
  // stood still when it was about to be the owner.
  if (verdict != succession::wait)
    if (const auto fault = table_.end_the_silent(nodes); !fault.empty() && options_.on_trouble)
      options_.on_trouble(fault);
  return verdict == succession::take;
}

void standby::end_dead_owners(const std::vector<node_record>& nodes) {
  for (const auto& x : nodes) {
    if (x.state != node_state::active)
      continue;
    const auto fault = table_.end_connections(x.who);
    // Another node may have its lock by now, and open the store for a while.
    if (!options_.on_trouble || std::exchange(told_of_, x.who.incarnation) == x.who.incarnation)
      continue;
    options_.on_trouble("node " + x.who.name
                        + " gives no sign of life: its connections to the database are ended");
    if (!fault.empty())
      options_.on_trouble(fault);
  }
}

bool standby::is_left() const {
  return left_since_ && boot_clock::now() - *left_since_ < node_dead_after;
}

void standby::note(std::vector<node_record> nodes, bool owner_lives) {
  node_record owner;
  for (const auto& x : nodes)
    if (x.state == node_state::active) {
      owner = x;
      break;
    }
  bool begins = false;
  {
    std::lock_guard guard{mutex_};
    const auto may_follow = has_table_ && owner_lives && !owner.who.name.empty();
    begins = may_follow && !may_follow_;
    may_follow_ = may_follow;
    owner_ = std::move(owner);
    nodes_ = std::move(nodes);
  }
  if (begins)
    changed_();
}

} // namespace carillon::postgres
