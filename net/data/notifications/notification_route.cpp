#include "net/data/notifications/notification_route.hpp"

#include "base/text/number.hpp"

#include <algorithm>

namespace carillon::data {

std::optional<notification_route> notification_route_of(std::string_view path) noexcept {
  using enum notification_route::call;
  constexpr std::string_view root = "/api/notifications";
  constexpr std::string_view to_read = "GET, HEAD, OPTIONS";
  constexpr std::string_view to_mark = "POST, OPTIONS";
  if (!path.starts_with(root))
    return std::nullopt;
  path.remove_prefix(root.size());
  if (path.empty())
    return notification_route{list, 0, "/api/notifications", to_read};
  if (path == "/read")
    return notification_route{read_all, 0, "/api/notifications/read", to_mark};
  if (path.front() != '/' || path.size() == 1)
    return std::nullopt;
  path.remove_prefix(1);
  auto end = std::min(path.find('/'), path.size());
  auto id = number_from(path.substr(0, end)).value_or(0);
  if (end == path.size())
    return notification_route{show, id, "/api/notifications/{id}", to_read};
  if (end > 0 && path.substr(end) == "/read")
    return notification_route{read_one, id, "/api/notifications/{id}/read", to_mark};
  return std::nullopt;
}

} // namespace carillon::data
