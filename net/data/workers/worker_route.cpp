#include "net/data/workers/worker_route.hpp"

namespace carillon::data {

namespace {

using call = worker_route::call;

constexpr std::string_view connect_prefix = "/consume/";
constexpr std::string_view prefix = "/api/consumers/";

constexpr worker_route actions[] = {
  {call::show, {}, "/api/consumers/{name}/workers", "GET, OPTIONS"},
  {call::pull, {}, "/api/consumers/{name}/pull", "POST, OPTIONS"},
  {call::ack, {}, "/api/consumers/{name}/ack", "POST, OPTIONS"},
  {call::nack, {}, "/api/consumers/{name}/nack", "POST, OPTIONS"},
  {call::extend, {}, "/api/consumers/{name}/extend", "POST, OPTIONS"},
  {call::release, {}, "/api/consumers/{name}/release", "POST, OPTIONS"},
};

std::string_view after_last_slash(std::string_view x) noexcept {
  return x.substr(x.rfind('/') + 1);
}

} // namespace

std::optional<worker_route> worker_route_of(std::string_view path) noexcept {
  if (path.starts_with(connect_prefix)) {
    auto name = path.substr(connect_prefix.size());
    if (name.empty() || name.find('/') != std::string_view::npos)
      return std::nullopt;
    return worker_route{call::connect, name, "/consume/{name}", "GET, OPTIONS"};
  }
  if (!path.starts_with(prefix))
    return std::nullopt;
  auto name = path.substr(prefix.size());
  auto slash = name.find('/');
  if (slash == std::string_view::npos) {
    if (name.empty())
      return std::nullopt;
    return worker_route{call::settings, name, "/api/consumers/{name}", "PUT, DELETE, OPTIONS"};
  }
  for (auto x : actions)
    if (name.substr(slash + 1) == after_last_slash(x.pattern)) {
      x.name = name.substr(0, slash);
      return x;
    }
  return std::nullopt;
}

} // namespace carillon::data
