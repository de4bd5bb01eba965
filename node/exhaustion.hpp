#pragma once

#include <cstddef>
#include <exception>
#include <string>

namespace carillon {

// What a process needs and may not get: threads and memory. A node that runs out of them while it
// starts says so and ends; it does not hang, and dumps no core.

/// How many of `wanted` threads the system lets this process have at a time. It makes them, and
/// ends them.
size_t possible_threads(size_t wanted) noexcept;

/// What an exception says, for the operator: the limits to look at, if it is about one.
std::string text_of(const std::exception& x);

/// From now on a thread, memory or descriptor that is refused where nobody can handle it ends the
/// process with code 1 and a line on standard error. Any other unhandled exception aborts as ever.
void end_on_exhaustion() noexcept;

} // namespace carillon
