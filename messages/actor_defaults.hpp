#pragma once

#include <caf/default_attachable.hpp>
#include <caf/duration.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/skip.hpp>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

namespace carillon {

/// How long an actor waits for one that owns a connection to the store, where a second try does the
/// same as the first. It is long: a store that is merely slow is not given up.
inline constexpr std::chrono::seconds store_deadline{60};

/// For a request whose second try would not be the same, such as a commit, or that takes as long as
/// it takes, such as a function of the application. It is answered, or its receiver ends: then the
/// requester gets an error, and the engine ends or restarts it, see `engine::on_fault`.
inline constexpr caf::infinite_t answered_or_ended{};

/// Keeps a long-lived actor alive when something unexpected reaches it: CAF's defaults end an
/// actor for an error reply to a plain `send`, and print unexpected messages to standard output.
template <class Self>
void stay_alive(Self* self) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->set_default_handler(caf::drop);
}

/// Has an actor with a thread of its own give way to the threads that publishers wait for: it
/// follows the log, and what it does may come later. Called on that thread. An actor without one
/// changes nothing.
template <class Self>
void run_in_background(Self* self) noexcept {
  constexpr int niceness = 5;
  if (self->getf(caf::abstract_actor::is_detached_flag))
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
}

} // namespace carillon
