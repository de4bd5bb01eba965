#pragma once

namespace carillon {

/// Lowers the priority of the calling thread below the threads that publishers wait for. What it
/// does may be late. No effect where the system refuses it.
void run_in_background() noexcept;

} // namespace carillon
