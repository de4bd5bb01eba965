#include "actors/alerts/alerter.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/alerts/alert_event.hpp"
#include "messages/events/publish.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// How long consumers and queues have to answer; a look that is not answered says nothing.
constexpr std::chrono::seconds look_deadline{5};
/// How long the log may take to accept an alert.
constexpr std::chrono::seconds alert_deadline{10};

int64_t whole(double x) {
  return static_cast<int64_t>(x);
}

int64_t seconds_in(std::chrono::milliseconds x) {
  return std::chrono::duration_cast<std::chrono::seconds>(x).count();
}

/// Reached from `threshold` on, clear below its half. A threshold of 0 is never reached.
alert_reading reading_of(std::string subject, int64_t value, int64_t threshold,
                         std::string message) {
  return {.subject = std::move(subject),
          .value = value,
          .threshold = threshold,
          .over = threshold > 0 && value >= threshold,
          .clear = threshold <= 0 || 2 * value < threshold,
          .message = std::move(message)};
}

} // namespace

void alerter_state::init(alerter_actor::pointer self, alerter_env env) {
  self_ = self;
  env_ = std::move(env);
  book_.emplace(env_.options.pause);
}

void alerter_state::tick() {
  look_at_index();
  look_at_evidence();
  look_at_disk();
  look_at_consumers();
  look_at_jobs();
  self_->delayed_send(self_, env_.options.interval, atom::tick_v, uint64_t{0});
}

void alerter_state::look_at_consumers() {
  self_->request(env_.supervisor, look_deadline, list_consumers{})
    .then(
      [this](const consumer_statuses& all) {
        std::vector<alert_reading> out;
        const auto threshold = seconds_in(env_.options.consumer_lag);
        for (const auto& x : all) {
          // An operator paused it, and knows.
          const auto lag = x.paused || x.lag == 0 ? 0 : whole(x.lag_seconds);
          out.push_back(reading_of(x.name, lag, threshold,
                                   "the consumer " + x.name + " is " + std::to_string(lag)
                                     + " s behind the log, by " + std::to_string(x.lag)
                                     + " events"));
        }
        judge("consumer_lag", std::move(out));
      },
      [](const caf::error&) {});
}

void alerter_state::look_at_jobs() {
  self_->request(env_.jobs, look_deadline, list_job_queues{})
    .then(
      [this](const job_queue_records& all) {
        std::vector<alert_reading> dead;
        std::vector<alert_reading> late;
        const auto most_dead = static_cast<int64_t>(env_.options.dead_jobs);
        const auto longest = seconds_in(env_.options.job_wait);
        const auto now = env_.clock();
        for (const auto& x : all) {
          const auto count = static_cast<int64_t>(x.dead);
          dead.push_back(
            reading_of(x.queue, count, most_dead,
                       "the queue " + x.queue + " has " + std::to_string(count) + " dead jobs"));
          const auto wait
            = x.paused || !x.oldest_due
                ? int64_t{0}
                : std::chrono::duration_cast<std::chrono::seconds>(now - *x.oldest_due).count();
          late.push_back(reading_of(x.queue, std::max<int64_t>(wait, 0), longest,
                                    "a job of the queue " + x.queue + " has waited for "
                                      + std::to_string(wait) + " s"));
        }
        judge("queue_dead", std::move(dead));
        judge("queue_wait", std::move(late));
      },
      [](const caf::error&) {});
}

void alerter_state::look_at_disk() {
  const auto free = env_.free_disk ? env_.free_disk() : std::nullopt;
  if (!free)
    return;
  const auto value = static_cast<int64_t>(*free);
  const auto threshold = static_cast<int64_t>(env_.options.disk_percent);
  judge("disk_free", {{.value = value,
                       .threshold = threshold,
                       .over = value < threshold,
                       // A tenth more than the threshold.
                       .clear = 10 * value >= 11 * threshold,
                       .message = std::to_string(value) + " % of the disk are free"}});
}

void alerter_state::look_at_index() {
  const auto head = env_.stats->head.load();
  const auto indexed = env_.stats->indexed.load();
  const auto lag = head > indexed ? head - indexed : 0;
  const auto part = static_cast<int64_t>(100 * lag / std::max<uint64_t>(env_.max_index_lag, 1));
  judge("index_lag", {reading_of({}, part, static_cast<int64_t>(env_.options.index_percent),
                                 "the index is " + std::to_string(lag) + " events behind the log, "
                                   + std::to_string(part) + " % of what it may be")});
}

void alerter_state::look_at_evidence() {
  const auto& counts = env_.stats->evidence;
  const auto refused = counts.refused.load() != 0;
  const auto failures = counts.failures.load();
  const auto failed = static_cast<int64_t>(failures - std::exchange(evidence_failures_, failures));
  judge("evidence",
        {{.value = refused ? 1 : failed,
          .threshold = 1,
          .over = refused || failed > 0,
          .clear = !refused && failed == 0,
          .message = refused ? "nothing is signed: the tree over the log is not what was signed"
                             : "checkpoints could not be signed or kept"}});
  const auto missed = counts.witness_failures.load();
  const auto more = static_cast<int64_t>(missed - std::exchange(witness_failures_, missed));
  const auto has = counts.witnessed_size.load();
  const auto had = std::exchange(witnessed_size_, has);
  // A witness that is behind for a moment, and goes on, is none.
  const bool stuck = counts.signed_size.load() > has && missed > 0 && has == had;
  judge("witness", {{.value = more,
                     .threshold = 1,
                     .over = stuck,
                     .clear = !stuck,
                     .message = "a witness does not get the checkpoints"}});
}

void alerter_state::judge(const std::string& alert, std::vector<alert_reading> readings) {
  for (const auto& x : book_->take(alert, std::move(readings), env_.clock(), self_->clock().now()))
    publish(x);
}

void alerter_state::publish(const alert_change& x) {
  if (env_.tell)
    env_.tell("alert " + x.alert + (x.begun ? " begins: " : " ends: ") + x.reading.message);
  system_alert event;
  event.alert = x.alert;
  event.subject = x.reading.subject;
  event.state = x.begun ? "begun" : "ended";
  event.value = x.reading.value;
  event.threshold = x.reading.threshold;
  event.message = x.reading.message;
  event.since = x.since;
  auto draft = alert_draft(event);
  if (!draft)
    return;
  // The line above tells it if the log does not take it.
  self_->send(env_.router,
              unawaited_call(std::move(*draft), self_->clock().now() + alert_deadline));
}

alerter_actor::behavior_type alerter(alerter_actor::stateful_pointer<alerter_state> self,
                                     alerter_env env) {
  self->state.init(self, std::move(env));
  stay_alive(self);
  run_in_background(self);
  self->delayed_send(self, self->state.interval(), atom::tick_v, uint64_t{0});
  return {[self](atom::tick, uint64_t) { self->state.tick(); }};
}

} // namespace carillon
