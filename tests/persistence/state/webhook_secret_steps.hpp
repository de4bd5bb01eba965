#pragma once

#include "tests/persistence/state/state_fixture.hpp"

#include <string>
#include <vector>

namespace carillon::test {

// Steps of the tests of webhooks and their secrets.

inline const operator_stamp by_key{"key:1", "10.0.0.9"};

using texts = std::vector<std::string>;

/// As they are stored, the newest first.
inline std::vector<std::string> secrets_of(state_fixture& f, uint64_t id) {
  std::vector<std::string> all;
  for (const auto& x : must(f.state->webhooks().get(get_webhook{.id = id})).secrets)
    all.push_back(x.sealed);
  return all;
}

/// Makes `text` the newest secret; those before it expire.
inline void rotate(state_fixture& f, uint64_t id, std::string text, timestamp old_expire_at,
                   timestamp now = epoch) {
  must(f.state->webhooks().add_secret({.id = id,
                                       .secret = make_secret(std::move(text), now),
                                       .old_expire_at = old_expire_at,
                                       .by = by_key},
                                      now));
}

} // namespace carillon::test
