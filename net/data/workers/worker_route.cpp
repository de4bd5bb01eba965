#include "net/data/workers/worker_route.hpp"

#include <span>

namespace carillon::data {

namespace {

using call = worker_route::call;

constexpr std::string_view connect_prefix = "/consume/";
constexpr std::string_view queue_prefix = "queue/";
constexpr std::string_view prefix = "/api/consumers/";
constexpr std::string_view jobs = "/api/jobs";
constexpr std::string_view to_read = "GET, OPTIONS";
constexpr std::string_view to_do = "POST, OPTIONS";

constexpr worker_route actions[] = {
  {call::show, {}, "/api/consumers/{name}/workers", to_read},
  {call::pull, {}, "/api/consumers/{name}/pull", to_do},
  {call::ack, {}, "/api/consumers/{name}/ack", to_do},
  {call::nack, {}, "/api/consumers/{name}/nack", to_do},
  {call::extend, {}, "/api/consumers/{name}/extend", to_do},
  {call::release, {}, "/api/consumers/{name}/release", to_do},
};

constexpr worker_route queue_actions[] = {
  {call::pull, {}, "/api/jobs/queues/{queue}/pull", to_do, work_kind::jobs},
  {call::ack, {}, "/api/jobs/queues/{queue}/ack", to_do, work_kind::jobs},
  {call::nack, {}, "/api/jobs/queues/{queue}/nack", to_do, work_kind::jobs},
  {call::extend, {}, "/api/jobs/queues/{queue}/extend", to_do, work_kind::jobs},
  {call::release, {}, "/api/jobs/queues/{queue}/release", to_do, work_kind::jobs},
  {call::progress, {}, "/api/jobs/queues/{queue}/progress", to_do, work_kind::jobs},
};

std::string_view after_last_slash(std::string_view x) noexcept {
  return x.substr(x.rfind('/') + 1);
}

/// @param rest `<name>/<action>`
std::optional<worker_route> action_at(std::span<const worker_route> all,
                                      std::string_view rest) noexcept {
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos)
    return std::nullopt;
  for (auto x : all)
    if (rest.substr(slash + 1) == after_last_slash(x.pattern)) {
      x.name = rest.substr(0, slash);
      return x;
    }
  return std::nullopt;
}

std::optional<worker_route> connection_at(std::string_view name) noexcept {
  worker_route out{call::connect, name, "/consume/{name}", to_read};
  if (name.starts_with(queue_prefix)) {
    out.name.remove_prefix(queue_prefix.size());
    out.pattern = "/consume/queue/{queue}";
    out.of = work_kind::jobs;
  }
  if (out.name.empty() || out.name.find('/') != std::string_view::npos)
    return std::nullopt;
  return out;
}

/// @param rest of the path behind `/api/jobs`
std::optional<worker_route> job_call_at(std::string_view rest) noexcept {
  constexpr std::string_view queues = "/queues";
  if (rest.empty())
    return worker_route{call::enqueue, {}, "/api/jobs", to_do, work_kind::jobs};
  if (rest.front() != '/' || rest == queues)
    return std::nullopt;
  if (rest.starts_with("/queues/"))
    return action_at(queue_actions, rest.substr(queues.size() + 1));
  rest.remove_prefix(1);
  if (rest.empty() || rest.find('/') != std::string_view::npos)
    return std::nullopt;
  return worker_route{call::show_job, rest, "/api/jobs/{id}", to_read, work_kind::jobs};
}

} // namespace

std::optional<worker_route> worker_route_of(std::string_view path) noexcept {
  if (path.starts_with(connect_prefix))
    return connection_at(path.substr(connect_prefix.size()));
  if (path.starts_with(jobs))
    return job_call_at(path.substr(jobs.size()));
  if (!path.starts_with(prefix))
    return std::nullopt;
  const auto name = path.substr(prefix.size());
  if (name.find('/') != std::string_view::npos)
    return action_at(actions, name);
  if (name.empty())
    return std::nullopt;
  return worker_route{call::settings, name, "/api/consumers/{name}", "PUT, DELETE, OPTIONS"};
}

} // namespace carillon::data
