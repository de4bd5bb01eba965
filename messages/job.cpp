#include "messages/job.hpp"

#include <array>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 5> state_names{"queued", "running", "done", "dead",
                                                      "cancelled"};

} // namespace

std::string_view name_of(job_state x) noexcept {
  return state_names[static_cast<size_t>(x)];
}

std::optional<job_state> job_state_from(std::string_view name) noexcept {
  for (size_t i = 0; i < state_names.size(); ++i)
    if (state_names[i] == name)
      return static_cast<job_state>(i);
  return std::nullopt;
}

std::string_view queue_of(std::string_view kind) noexcept {
  return kind.substr(0, kind.find('.'));
}

} // namespace carillon
