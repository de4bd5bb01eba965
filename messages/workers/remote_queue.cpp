#include "messages/workers/remote_queue.hpp"

#include <algorithm>
#include <array>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 5> built_in{"carillon", "document", "email", "notification",
                                                   "webhook"};

} // namespace

std::string remote_queue_key(std::string_view name, const std::optional<std::string>& company_id) {
  std::string out{name};
  if (company_id)
    out += '\n' + *company_id;
  return out;
}

bool is_queue_name(std::string_view x) noexcept {
  return is_job_kind(x) && x.find('.') == std::string_view::npos;
}

bool is_built_in_queue(std::string_view name) noexcept {
  return std::find(built_in.begin(), built_in.end(), name) != built_in.end();
}

} // namespace carillon
