#pragma once

#include <caf/default_attachable.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/skip.hpp>

namespace carillon {

/// Keeps a long-lived actor alive when something unexpected reaches it: CAF's defaults end an
/// actor for an error reply to a plain `send`, and print unexpected messages to standard output.
template <class Self>
void stay_alive(Self* self) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->set_default_handler(caf::drop);
}

} // namespace carillon
