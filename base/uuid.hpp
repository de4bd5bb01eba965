#pragma once

#include "base/time.hpp"

#include <string>

namespace carillon {

/// Makes a UUIDv7 (RFC 9562 section 5.7) in its 36 character form. Ids made in
/// one thread in the same millisecond sort in the order of their making.
/// Thread-safe, without locks.
std::string make_uuid_v7(timestamp now = wall_clock_now());

} // namespace carillon
