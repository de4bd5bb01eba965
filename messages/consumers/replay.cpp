#include "messages/consumers/replay.hpp"

#include <array>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 4> phase_names{"running", "done", "failed", "cancelled"};

} // namespace

std::string_view name_of(replay_phase x) noexcept {
  return phase_names.at(static_cast<size_t>(x));
}

} // namespace carillon
