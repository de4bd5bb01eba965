#include "actors/jobs/store_requests.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Jobs that one transaction deletes.
constexpr size_t trim_page_size = 1'000;

} // namespace

store_requests::store_requests(job_dispatcher_actor::pointer self, const job_dispatcher_env& env,
                               std::function<void()> changed)
  : self_(self), env_(env), changed_(std::move(changed)), pause_(env.options.store_pause),
    trim_at_(self->clock().now() + env.options.trim_interval) {
}

bool store_requests::may_ask() const {
  return self_->clock().now() >= pause_until_;
}

void store_requests::on_failed() {
  pause_until_ = self_->clock().now() + pause_;
  pause_ = std::min(pause_ * 2, env_.options.max_store_pause);
  changed_();
}

void store_requests::on_worked() {
  pause_ = env_.options.store_pause;
}

void store_requests::release() {
  if (released_ || releasing_ || !may_ask())
    return;
  releasing_ = true;
  self_->request(env_.state_writer, store_deadline, release_leases{})
    .then(
      [this](uint64_t) {
        releasing_ = false;
        released_ = true;
        on_worked();
        changed_();
      },
      [this](const caf::error&) {
        releasing_ = false;
        on_failed();
      });
}

bool store_requests::may_lease() const {
  return released_ && !leasing_ && !cannot_record_ && may_ask();
}

void store_requests::lease(lease_jobs request, std::function<void(const leased_jobs&)> on_leased) {
  leasing_ = true;
  awaits_ = false;
  self_->request(env_.state_writer, answered_or_ended, std::move(request))
    .then(
      [this, on_leased = std::move(on_leased)](const leased_jobs_ptr& found) {
        leasing_ = false;
        on_worked();
        on_leased(*found);
        changed_();
      },
      [this](const caf::error&) {
        leasing_ = false;
        on_failed();
      });
}

void store_requests::await(lease_jobs request, std::function<void(const leased_jobs&)> on_leased) {
  awaits_ = !request.queues.empty();
  ++awaiting_;
  auto over = [this, number = ++await_number_] {
    --awaiting_;
    awaits_ = awaits_ && number != await_number_;
  };
  self_->request(env_.state_writer, answered_or_ended, await_jobs{std::move(request)})
    .then(
      [this, over, on_leased = std::move(on_leased)](const leased_jobs_ptr& found) {
        over();
        if (found != nullptr) {
          on_worked();
          on_leased(*found);
        }
        changed_();
      },
      [this, over](const caf::error&) {
        over();
        on_failed();
      });
}

void store_requests::end_await() {
  if (awaits_)
    await({}, [](const leased_jobs&) {});
}

void store_requests::renew(renew_leases request, std::function<void(timestamp)> on_renewed) {
  if (renewing_ || request.items.empty() || !may_ask())
    return;
  renewing_ = true;
  // The store counts from a later moment.
  auto until = env_.now() + std::chrono::duration_cast<timestamp::duration>(request.lease);
  self_->request(env_.state_writer, answered_or_ended, std::move(request))
    .then(
      [this, until, on_renewed = std::move(on_renewed)](atom::done) {
        renewing_ = false;
        on_worked();
        on_renewed(until);
        changed_();
      },
      [this](const caf::error&) {
        renewing_ = false;
        on_failed();
      });
}

void store_requests::record(job_end_book& ends, bool at_once) {
  if (recording_ || !may_ask() || ends.empty())
    return;
  const auto now = self_->clock().now();
  if (!at_once && now < record_at_ && !ends.is_urgent(env_.options.most_gathered_ends))
    return;
  record_at_ = now + env_.options.gather_ends;
  recording_ = true;
  self_->request(env_.state_writer, answered_or_ended, ends.take())
    .then(
      [this, &ends](atom::done) {
        recording_ = cannot_record_ = false;
        on_worked();
        ends.recorded();
        changed_();
      },
      [this](const caf::error&) {
        recording_ = false;
        cannot_record_ = true;
        on_failed();
      });
}

void store_requests::trim() {
  if (trimming_ || self_->clock().now() < trim_at_)
    return;
  trimming_ = true;
  trim_at_ = self_->clock().now() + env_.options.trim_interval;
  trim_jobs request;
  request.before = env_.now() - env_.options.keep;
  request.limit = trim_page_size;
  self_->request(env_.state_writer, store_deadline, request)
    .then(
      [this](uint64_t deleted) {
        trimming_ = false;
        // More to delete: continues at once, after the waiting requests.
        if (deleted >= trim_page_size)
          trim_at_ = self_->clock().now();
        changed_();
      },
      [this](const caf::error&) { trimming_ = false; });
}

} // namespace carillon
