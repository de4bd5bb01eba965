#pragma once

#include "messages/schedules/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon::test {

/// The fake of a state actor that keeps schedules and events that wait.
caf::behavior admin_schedule_state(caf::event_based_actor* self, admin_data* data);

/// The fake of a scheduler.
scheduler_actor::behavior_type admin_scheduler(scheduler_actor::pointer self, admin_data* data);

} // namespace carillon::test
