#include "actors/consumers/replays/replay_waits.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace carillon {

namespace {

constexpr size_t most_named = 5;

/// Empty if nothing is known of it.
std::string_view state_of(const replay_target& x, const std::vector<consumer_status>& all) {
  if (x.what != replay_target::kind::handler)
    return {};
  const auto found
    = std::find_if(all.begin(), all.end(), [&](const auto& y) { return y.name == x.name; });
  if (found == all.end())
    return {};
  if (!found->running)
    return "which is about to be restarted";
  if (found->paused)
    return "which is paused";
  if (found->remote)
    return "whose workers have not taken or settled the events";
  return "which is at work on the events";
}

} // namespace

std::string waits_for(const std::vector<replay_target>& targets,
                      const std::vector<consumer_status>& all) {
  std::string out = "waits for ";
  const auto named = std::min(targets.size(), most_named);
  for (size_t i = 0; i < named; ++i) {
    out += (i == 0 ? "" : "; ") + to_text(targets[i]);
    if (const auto state = state_of(targets[i], all); !state.empty())
      out.append(", ").append(state);
  }
  if (named < targets.size())
    out += "; and " + std::to_string(targets.size() - named) + " more";
  return out;
}

} // namespace carillon
