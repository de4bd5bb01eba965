#pragma once

#include <caf/default_attachable.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/skip.hpp>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace carillon {

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
