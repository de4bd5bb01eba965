#pragma once

#include "persistence/storage.hpp"

#include <cstdint>

namespace carillon::bench {

/// Events wait in the log, indexed; then the handlers audit, metrics and notification begin, all at
/// once. What they cause meanwhile (`notification.sent`, its index) is done beside it, and is not
/// counted. Events per second; ends the program if something fails.
/// @param storage an empty store
/// @param announced how many events were caused
double handlers_rate(const storage_options& storage, uint64_t events, uint64_t& announced);

} // namespace carillon::bench
