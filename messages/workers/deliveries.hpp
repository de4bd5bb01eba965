#pragma once

#include "base/time.hpp"
#include "messages/consumers/handler.hpp"
#include "messages/jobs/job.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A delivery, or a job, in the hands of a worker.
struct handed_delivery {
  /// `<consumer>-<position>`, and `-r<replay>` for a replayed event; the number of a job: the same
  /// for every attempt.
  std::string id;
  /// Generation and number with a point between them; of a job, lease and number. Another one each
  /// time that it is handed over.
  std::string fence;
  /// Of a job, the attempt alone.
  delivery what;
  /// It is to be acknowledged, or extended, before this time.
  timestamp deadline;
  /// Null for a delivery.
  std::shared_ptr<const job> work = {};
  /// The trace that the worker continues; empty = there is none.
  std::string traceparent = {};
};

using handed_deliveries = std::vector<handed_delivery>;
using handed_deliveries_ptr = std::shared_ptr<const handed_deliveries>;

/// What a worker says of a delivery that it has.
struct settlement {
  /// What it says.
  enum class kind : uint8_t {
    /// Done.
    ack,
    /// Failed.
    nack,
    /// Not done yet: it has more time.
    extend,
    /// Not begun: another worker may have it at once, and it is no attempt.
    release,
    /// How far a job is.
    progress,
  };

  kind what = kind::ack;
  std::string id;
  /// Empty = the worker's connection tells which hand-over is meant.
  std::string fence;
  /// Of `nack`: why, at most 1,000 bytes are kept.
  std::string reason;
  /// Of `nack`: the next attempt comes no earlier; of `extend`: the new time from now on.
  std::chrono::milliseconds time{0};
  /// Of `nack`: no further attempt helps, the event becomes a dead letter.
  bool dead = false;
  /// Of `ack` of a job: see `job_outcome::result`.
  std::string result = {};
  /// Of `progress`.
  job_progress progress = {};
};

/// Settlements of one worker, in its order.
struct settle_deliveries {
  /// As `worker_hello` names it; 0 = by fence alone.
  uint64_t worker = 0;
  std::vector<settlement> items;
};

/// Which of the settlements came too late: the worker does not have the delivery any more, or never
/// had it. They change nothing.
struct settled_deliveries {
  std::vector<std::string> stale;
};

/// Asks for deliveries, and waits for them.
struct pull_deliveries {
  /// Names the pull for `atom::closed`; 0 = nobody ends it.
  uint64_t ticket = 0;
  /// Pulls of the same name are of one worker; empty = it is one of its own.
  std::string worker;
  uint32_t most = 1;
  /// Empty deliveries are answered after this time.
  std::chrono::milliseconds wait{0};
};

/// What a worker learns when it joins.
struct worker_hello {
  uint64_t worker = 0;
  /// Which opening of the consumer delivers; 0 = it is a queue of jobs.
  uint64_t generation = 0;
  /// Which history of the log the positions are of.
  std::string history;
  std::chrono::milliseconds ack_timeout{};
};

/// State of the workers of a remote consumer.
struct worker_status {
  /// Which opening of the consumer delivers; 0 = it is not open yet.
  uint64_t generation = 0;
  /// Connected, without those that only pull.
  uint64_t workers = 0;
  /// Pulls that wait.
  uint64_t pulls = 0;
  uint64_t in_flight = 0;
  uint64_t stale = 0;
  /// Deliveries that were not acknowledged in time.
  uint64_t expired = 0;
  /// Deliveries of workers that were lost.
  uint64_t lost = 0;
  /// Since when no worker was there; empty while one is.
  std::optional<timestamp> alone_since;
};

} // namespace carillon
