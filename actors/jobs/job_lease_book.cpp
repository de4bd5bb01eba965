#include "actors/jobs/job_lease_book.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Pause before the next check for a job that the store calls due but does not lease.
constexpr std::chrono::seconds withheld_pause{1};

/// Part of a new duration in the usual one: 1/8.
constexpr int duration_weight = 8;

} // namespace

job_lease_book::job_lease_book(const limits& x, clock::duration usual) : limits_(x), usual_(usual) {
}

// -- when -------------------------------------------------------------------------

void job_lease_book::wake() noexcept {
  hungry_ = true;
  ++wakes_;
}

void job_lease_book::wake_due(timestamp now) {
  if (!due_ || *due_ > now)
    return;
  due_.reset();
  wake();
}

void job_lease_book::expect(timestamp at) {
  due_ = std::min(due_.value_or(at), at);
}

std::optional<timestamp> job_lease_book::next_due() const {
  return hungry_ ? std::nullopt : due_;
}

// -- how many ---------------------------------------------------------------------

void job_lease_book::note_duration(clock::duration took) {
  usual_ += (took - usual_) / duration_weight;
}

size_t job_lease_book::wanted(size_t free, size_t busy) const {
  if (!hungry_ || free + busy == 0)
    return 0;
  auto usual = std::max<clock::duration>(usual_, std::chrono::microseconds{1});
  auto ahead
    = std::min(limits_.workers * static_cast<size_t>(limits_.ahead / usual), limits_.batch);
  // By the half, so that a lease is under way while the other half is worked on.
  if (free <= ready_.size() && ready_.size() >= (ahead + 1) / 2)
    return 0;
  return free + ahead - std::min(free + ahead, ready_.size());
}

size_t job_lease_book::wanted_for_probe() const {
  return hungry_ && ready_.empty() ? 1 : 0;
}

// -- leases -----------------------------------------------------------------------

job_lease_book::question job_lease_book::ask(size_t most) const {
  return {.most = most, .got = 0, .wakes = wakes_};
}

void job_lease_book::answered(const question& x, timestamp asked_at,
                              std::optional<timestamp> next_due) {
  if (x.got >= x.most || wakes_ != x.wakes)
    return;
  hungry_ = false;
  due_ = next_due;
  if (due_ && *due_ <= asked_at)
    due_ = asked_at + withheld_pause;
}

void job_lease_book::came(const question& x, std::optional<timestamp> next_due) {
  if (x.got >= x.most)
    wake();
  else if (!hungry_)
    due_ = next_due;
}

void job_lease_book::add(job x) {
  ready_.push_back(std::move(x));
}

bool job_lease_book::renew(const job& x) {
  auto i = std::find_if(ready_.begin(), ready_.end(), [&](const job& y) { return y.id == x.id; });
  if (i == ready_.end())
    return false;
  *i = x;
  return true;
}

std::deque<job> job_lease_book::take_ready() {
  return std::exchange(ready_, {});
}

} // namespace carillon
