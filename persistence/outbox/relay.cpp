#include "persistence/outbox/relay.hpp"

#include "base/failure_text.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

bool is_fault_of_row(ec code) noexcept {
  switch (code) {
  case ec::invalid_argument:
  case ec::malformed_json:
  case ec::schema_violation:
  case ec::unknown_type:
  case ec::conflict:
  case ec::forbidden:
  case ec::too_large:
    return true;
  default:
    return false;
  }
}

namespace {

/// A whole request is forbidden because of its key, whatever its rows are.
bool may_be_one_row(ec code) noexcept {
  return code != ec::forbidden && is_fault_of_row(code);
}

} // namespace

outbox_relay::outbox_relay(std::shared_ptr<outbox_source> source,
                           std::shared_ptr<outbox_target> target, relay_report report,
                           relay_options options, std::shared_ptr<relay_counts> counts)
  : source_(std::move(source)), target_(std::move(target)), report_(std::move(report)),
    options_(options),
    counts_(counts != nullptr ? std::move(counts) : std::make_shared<relay_counts>()) {
}

void outbox_relay::turn() {
  auto done = step();
  if (auto looked = look_again(); !looked && done)
    done = looked.error();
  if (done && *done == 0)
    if (auto waited = source_->wait(); !waited)
      done = waited.error();
  if (stop_)
    return;
  if (!done) {
    fail(done.error());
    return;
  }
  pause_ = {};
  if (!std::exchange(told_, {}).empty() && report_)
    report_("the outbox is read again");
}

expected<size_t> outbox_relay::step() {
  auto rows = source_->claim();
  // Who stands by has an answer of the database, too.
  counts_->up = rows || rows.error().code == ec::store_locked ? 1U : 0U;
  if (!rows)
    return rows.error();
  if (rows->empty() || stop_)
    return size_t{0};
  verdicts all;
  judge(*rows, all);
  if (!all.published.empty() || !all.refused.empty()) {
    // Told and counted after it is so.
    if (auto finished = source_->finish(all.published, all.refused); !finished)
      return finished.error();
    counts_->published += all.published.size();
    counts_->refused += all.refused.size();
    for (const auto& x : all.refused)
      if (report_)
        report_("row " + std::to_string(x.seq) + " of the outbox is no event and was put aside: "
                + text_of(x.why) + " [" + std::string{name_of(x.why.code)} + "]");
  }
  if (all.fault)
    return *all.fault;
  return all.published.size() + all.refused.size();
}

/// Also while nothing can be published: that is when somebody wants to know. A database that is
/// away is not asked a second time.
expected<void> outbox_relay::look_again() {
  if (stop_ || std::chrono::steady_clock::now() < next_look_ || counts_->up == 0)
    return {};
  const auto state = source_->look(most_counted);
  // A table that takes long to count is not counted all the time.
  next_look_ = std::chrono::steady_clock::now() + options_.look_every;
  counts_->up = state ? 1U : 0U;
  if (!state) {
    // Told at once: the next look comes much later than the next turn.
    auto words = text_of(state.error());
    if (std::exchange(look_told_, words) != words && report_)
      report_("the outbox cannot be counted: " + words);
    return state.error();
  }
  look_told_.clear();
  counts_->waiting = state->waiting;
  counts_->oldest_seconds = state->oldest_seconds;
  counts_->set_aside = state->refused;
  return {};
}

void outbox_relay::judge(const outbox_rows& rows, verdicts& out) {
  auto done = target_->publish(rows);
  if (!done && rows.size() == 1 && may_be_one_row(done.error().code)) {
    out.refused.push_back({rows.front().seq, done.error()});
    return;
  }
  if (!done && may_be_one_row(done.error().code)) {
    // One of them spoils the request of all: the halves are sent apart, in their order.
    const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
    judge({rows.begin(), middle}, out);
    if (!out.fault)
      judge({middle, rows.end()}, out);
    return;
  }
  if (!done) {
    out.fault = done.error();
    return;
  }
  for (size_t i = 0; i < rows.size() && i < done->size(); ++i) {
    const auto& verdict = (*done)[i];
    if (verdict)
      out.published.push_back(rows[i].seq);
    else if (is_fault_of_row(verdict.error().code))
      out.refused.push_back({rows[i].seq, verdict.error()});
    else
      out.fault = verdict.error();
  }
}

void outbox_relay::fail(const failure& why) {
  if (why.code == ec::store_locked) {
    if (std::exchange(told_, why.detail) != why.detail && report_)
      report_(text_of(why));
    rest(options_.standby);
    return;
  }
  ++counts_->failures;
  const auto words = text_of(why);
  // A loss that the first repeat mends is not worth a line.
  if (pause_.count() > 0 && std::exchange(told_, words) != words && report_)
    report_("the outbox cannot be moved: " + words + "; it goes on when it can");
  pause_ = std::clamp(pause_ * 2, options_.first_pause, options_.longest_pause);
  rest(std::clamp(target_->pause(), pause_, std::max(pause_, options_.longest_pause)));
}

void outbox_relay::rest(std::chrono::milliseconds x) {
  std::unique_lock guard{mutex_};
  stopped_.wait_for(guard, x, [this] { return stop_.load(); });
}

void outbox_relay::stop() noexcept {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  stopped_.notify_all();
  source_->stop();
}

} // namespace carillon
