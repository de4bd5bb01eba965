#pragma once

#include <cstddef>

namespace carillon {

/// Raises the limit of open descriptors as far as the system lets this process, and answers it.
size_t raise_descriptor_limit() noexcept;

} // namespace carillon
