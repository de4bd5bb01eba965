#pragma once

#include <cstddef>
#include <exception>
#include <string>

namespace carillon {

// Resources that a process may not get: threads and memory. A node that runs out of them during its
// start reports it and ends; it does not hang, and dumps no core.

/// How many of `wanted` threads the system grants this process at a time. It makes them, and ends
/// them.
size_t possible_threads(size_t wanted) noexcept;

/// The text of an exception, for the operator: with the limits to check, if it is about one.
std::string text_of(const std::exception& x);

/// From now on, if the system denies a thread, memory or a descriptor and no code handles it, the
/// process ends with code 1 and a line on standard error. Any other unhandled exception still
/// aborts.
void end_on_exhaustion() noexcept;

} // namespace carillon
