#pragma once

#include "messages/inbound/interfaces.hpp"
#include "messages/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon::test {

/// The fake of a state actor that keeps sources of webhooks.
caf::behavior admin_inbound_state(caf::event_based_actor* self, admin_data* data);

/// The fake of an inbound keeper.
inbound_keeper_actor::behavior_type admin_inbound_keeper(inbound_keeper_actor::pointer self,
                                                         admin_data* data);

} // namespace carillon::test
