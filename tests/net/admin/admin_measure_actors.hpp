#pragma once

#include "messages/interfaces.hpp"
#include "messages/measures/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon::test {

/// The fake of a state actor that keeps definitions of measures.
caf::behavior admin_measure_state(caf::event_based_actor* self, admin_data* data);

/// The fake of a measure keeper.
measure_keeper_actor::behavior_type admin_measure_keeper(measure_keeper_actor::pointer self,
                                                         admin_data* data);

} // namespace carillon::test
