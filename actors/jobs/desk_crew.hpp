#pragma once

#include "actors/jobs/job_crew.hpp"
#include "actors/jobs/job_dispatcher_env.hpp"
#include "messages/workers/remote_queue.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <set>
#include <utility>

namespace carillon {

/// Workers outside of the node, behind a desk, which says how many jobs it has room for and has
/// their deadlines. Leases go on as long as the desk has the job.
class desk_crew final : public job_crew {
public:
  /// @param self the dispatcher, which outlives this
  desk_crew(job_dispatcher_actor::pointer self, remote_job_queue_ptr spec, handler to);

  /// Attempts that may be under way.
  void set_room(uint64_t jobs) noexcept {
    room_ = jobs;
  }

  clock::duration overdue_after() const noexcept override {
    return spec_->ack_timeout;
  }

  size_t busy() const override {
    return under_way_.size();
  }

  size_t free() const override;

  /// Others may have a worker for it.
  bool keeps_jobs() const noexcept override {
    return false;
  }

  bool any_left() const override {
    return !under_way_.empty();
  }

  bool begin(job&& what) override;
  bool renew(const job& x) override;

  std::vector<job_attempt> give_up_overdue() override {
    return {};
  }

  std::optional<clock::time_point> next_overdue() const override {
    return std::nullopt;
  }

  void add_fading(timestamp before, std::vector<job_lease>& out) const override;
  void on_renewed(const std::vector<job_lease>& xs, timestamp until) override;
  std::optional<timestamp> next_fading() const override;

  void end_idle() override {
  }

  void on_down(const caf::actor_addr&) override {
  }

private:
  struct attempt {
    job_attempt what;
    timestamp leased_until;
  };

  using attempts = std::map<uint64_t, attempt>;

  void on_answer(uint64_t id, const job_outcome& outcome);
  void set_leased_until(attempts::iterator x, timestamp until);

  job_dispatcher_actor::pointer self_;
  remote_job_queue_ptr spec_;
  handler to_;
  uint64_t room_ = 0;
  /// By job.
  attempts under_way_;
  /// The ends of their leases, and which: the dispatcher asks for the first one all the time.
  std::set<std::pair<timestamp, uint64_t>> fading_;
};

} // namespace carillon
