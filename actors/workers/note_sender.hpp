#pragma once

#include "actors/workers/held_jobs.hpp"
#include "messages/jobs/interfaces.hpp"
#include "messages/workers/interfaces.hpp"

namespace carillon {

/// Sends what workers say of their jobs to the store: one request at a time, so that a worker that
/// says much costs little. What comes meanwhile goes with the next one, or with the end of its job.
/// A part of a desk.
class note_sender {
public:
  /// @param self,from outlive this
  note_sender(worker_desk_actor::pointer self, job_store_actor store, held_jobs& from);
  note_sender(const note_sender&) = delete;
  note_sender& operator=(const note_sender&) = delete;

  /// Sends all that was said, now or as soon as the store has answered.
  void send();

  /// Sends what was said of a job that ends, before its end: after that nothing is noted.
  void send_last(uint64_t number);

private:
  void request(note_progress x);

  worker_desk_actor::pointer self_;
  job_store_actor store_;
  held_jobs& from_;
  bool busy_ = false;
};

} // namespace carillon
