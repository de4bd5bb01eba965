#pragma once

// The interfaces of all actors that consumers, publishers and the state store need. A source that
// needs those of one capability includes them alone.

#include "messages/consumers/interfaces.hpp"
#include "messages/events/interfaces.hpp"
#include "messages/state/interfaces.hpp"
