#pragma once

#include "base/thread_priority.hpp"

#include <caf/default_attachable.hpp>
#include <caf/duration.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/skip.hpp>

#include <chrono>

namespace carillon {

/// Time limit of a request to an actor with a connection to the store, if a retry has the same
/// effect as the first try. It is long, so that a slow store does not count as failed.
inline constexpr std::chrono::seconds store_deadline{60};

/// For a request that a retry must not repeat, such as a commit, or of unlimited duration, such as
/// a function of the application. It is answered, or its receiver ends: then the requester gets an
/// error, and the engine ends or restarts the receiver, see `engine::on_fault`.
inline constexpr caf::infinite_t answered_or_ended{};

/// Keeps a long-lived actor alive when it receives an unexpected message. CAF's defaults end an
/// actor for an error reply to a plain `send`, and print unexpected messages to standard output.
template <class Self>
void stay_alive(Self* self) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->set_default_handler(caf::drop);
}

/// Lowers the priority of a detached actor below the threads that publishers wait for. Such an
/// actor follows the log, and its work may be late. Call it on the actor's own thread. No effect on
/// an actor that is not detached.
template <class Self>
void run_in_background(Self* self) noexcept {
  if (self->getf(caf::abstract_actor::is_detached_flag))
    run_in_background();
}

} // namespace carillon
