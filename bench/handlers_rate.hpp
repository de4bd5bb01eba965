#pragma once

#include "persistence/storage.hpp"

#include <cstdint>

namespace carillon::bench {

/// Events wait in the log, indexed; then the handlers audit, metrics and notification begin, all at
/// once. Events that they cause meanwhile (`notification.sent`, its index) are processed as well,
/// but not counted. Events per second; ends the program if something fails.
/// @param storage an empty store
/// @param announced receives the number of caused events
double handlers_rate(const storage_options& storage, uint64_t events, uint64_t& announced);

} // namespace carillon::bench
