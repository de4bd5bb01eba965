#pragma once

#include <cstddef>

namespace carillon {

/// Raises the limit of open descriptors as far as the system allows, and returns it.
size_t raise_descriptor_limit() noexcept;

/// Opens the closed ones of the descriptors 0 to 2 on the null device, the wrong way round: reading
/// from 0 and writing to 1 or 2 still fails with EBADF. Without it, the next opened file would get
/// such a number, and printed output would land in it. Call it before any file is opened. False if
/// the system has no descriptor left.
bool fill_standard_descriptors() noexcept;

} // namespace carillon
