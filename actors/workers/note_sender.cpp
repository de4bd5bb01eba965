#include "actors/workers/note_sender.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace carillon {

note_sender::note_sender(worker_desk_actor::pointer self, job_store_actor store, held_jobs& from)
  : self_(self), store_(std::move(store)), from_(from) {
}

void note_sender::send() {
  if (!busy_)
    request(from_.take_notes());
}

void note_sender::send_last(uint64_t number) {
  request(from_.take_notes(number));
}

void note_sender::request(note_progress x) {
  if (x.items.empty())
    return;
  busy_ = true;
  auto next = [this] {
    busy_ = false;
    send();
  };
  // A note that is lost is followed by another, or by the end.
  self_->request(store_, store_deadline, std::move(x))
    .then([next](atom::done) { next(); }, [next](const caf::error&) { next(); });
}

} // namespace carillon
