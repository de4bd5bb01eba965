#include "base/heap.hpp"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace carillon {

void keep_freed_memory() noexcept {
#ifdef __GLIBC__
  constexpr int kept_bytes = 16 * 1024 * 1024;
  constexpr int mapped_from_bytes = 4 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  // Setting the one turns off that the library adapts the other.
  mallopt(M_MMAP_THRESHOLD, mapped_from_bytes);
#endif
}

} // namespace carillon
