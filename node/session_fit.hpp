#pragma once

#include "net/data/port_options.hpp"
#include "node/engine/engine_options.hpp"

namespace carillon {

/// Makes the sessions of an engine fit the limits of the port that they come in by.
void fit_sessions(engine_options& to, const session_port_options& of);

} // namespace carillon
