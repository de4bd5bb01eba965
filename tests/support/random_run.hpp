#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace carillon::test {

/// A number from the environment, so that a run can be repeated or made longer.
inline uint64_t environment_number(const char* name, uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::stoull(given);
}

/// `CARILLON_SEED`, or another one each time. The test prints it.
inline uint32_t seed_of_run() {
  return static_cast<uint32_t>(environment_number("CARILLON_SEED", std::random_device{}()));
}

/// How often a test of crashes kills the node: `CARILLON_CRASH_CYCLES`, or 20 times.
inline unsigned crash_cycles() {
  return static_cast<unsigned>(environment_number("CARILLON_CRASH_CYCLES", 20));
}

} // namespace carillon::test
