#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::test {

/// A received message, and whether the receiver should accept it.
struct message {
  std::string secret;
  std::string id = "msg_1";
  int64_t time = to_micros(wall_clock_now()) / 1'000'000;
  std::string body = "{}";
  std::string signature;
  bool valid = true;
};

/// Checks with `verify.mjs` that the packages of npm (for Ed25519 Node's own crypto) accept valid
/// messages and reject invalid ones.
void check_all(const std::vector<message>& messages);

} // namespace carillon::test
