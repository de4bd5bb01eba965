#pragma once

namespace carillon {

/// Tells the C library to keep memory that is free at the end of its heaps, up to 16 MiB of each.
/// A node makes and frees pages of events all the time, and the library would otherwise give such
/// a page back to the system, and ask for it again, once per page. Call it before any thread
/// starts. No effect with another C library than glibc.
void keep_freed_memory() noexcept;

} // namespace carillon
