#include "tests/net/admin/admin_job_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"

#include <algorithm>

namespace carillon::test {

namespace {

failure no_job() {
  return {ec::not_found, "there is no such job", "id"};
}

job* job_at(admin_data& data, uint64_t id, const std::optional<std::string>& company) {
  for (auto& x : data.jobs)
    if (x.id == id && (!company || x.company_id == *company))
      return &x;
  return nullptr;
}

template <class Request, class IsRefused>
expected<job> change(admin_data& data, const Request& x, job_state to, IsRefused is_refused) {
  auto* found = job_at(data, x.id, x.company_id);
  if (found == nullptr)
    return no_job();
  if (is_refused(found->state))
    return failure{ec::conflict, "the job is " + std::string{name_of(found->state)}, "id"};
  data.stamps.push_back(x.by);
  found->state = to;
  return *found;
}

expected<atom::done> pause(admin_data& data, const pause_job_queue& x) {
  for (auto& queue : data.job_queues)
    if (queue.queue == x.queue) {
      data.stamps.push_back(x.by);
      queue.paused = x.paused;
      return atom::done_v;
    }
  return failure{ec::not_found, "there is no such queue", "queue"};
}

} // namespace

job& add_job(admin_data& data, uint64_t id, const std::string& company) {
  if (data.job_queues.empty())
    data.job_queues.push_back({.queue = "email", .oldest_due = {}});
  auto& out = data.jobs.emplace_back();
  out.id = id;
  out.kind = "email.welcome";
  out.key = "email/" + std::to_string(id);
  out.payload = R"({"n":)" + std::to_string(id) + "}";
  out.company_id = company;
  out.event_seq = id;
  out.run_at = out.created_at = out.updated_at = from_micros(1'000'000);
  return out;
}

expected<job_page> jobs_of(admin_data& data, const list_jobs& x) {
  std::vector<job> all;
  for (const auto& y : data.jobs)
    if ((!x.page.company_id || y.company_id == *x.page.company_id)
        && (!x.state || y.state == *x.state)
        && (!x.kind || y.kind == *x.kind || queue_of(y.kind) == *x.kind))
      all.push_back(y);
  return data.page(std::move(all), x.page, [](const job& y) { return y.id; });
}

expected<job> find_job(admin_data& data, uint64_t id, const std::optional<std::string>& company) {
  auto* found = job_at(data, id, company);
  if (found == nullptr)
    return no_job();
  return *found;
}

expected<job> retry(admin_data& data, const retry_job& x) {
  return change(data, x, job_state::queued,
                [](auto s) { return s == job_state::running || s == job_state::done; });
}

expected<uint64_t> retry(admin_data& data, const retry_jobs& x) {
  data.stamps.push_back(x.by);
  uint64_t count = 0;
  for (auto& y : data.jobs)
    if (count < x.limit && y.state == job_state::dead
        && (!x.company_id || y.company_id == *x.company_id)
        && (x.kind.empty() || y.kind == x.kind || queue_of(y.kind) == x.kind)) {
      y.state = job_state::queued;
      ++count;
    }
  return count;
}

expected<job> cancel(admin_data& data, const cancel_job& x) {
  return change(data, x, job_state::cancelled, [](auto s) { return s != job_state::queued; });
}

job_dispatcher_actor::behavior_type admin_job_dispatcher(job_dispatcher_actor::pointer self,
                                                         admin_data* data) {
  return {
    [](atom::committed) {},
    [](const job_queue_ptr&) { return atom::done_v; },
    [](const remote_job_queue_ptr&) { return atom::done_v; },
    [](atom::room, const std::string&, uint64_t) {},
    [](atom::find, const std::string&) { return false; },
    [=](const pause_job_queue& x) {
      return reply<atom::done>(self, data, true, [&] { return pause(*data, x); });
    },
    [=](const list_job_queues&) {
      return reply<job_queue_records>(self, data, false, [&] { return data->job_queues; });
    },
    [](atom::drain) { return atom::done_v; },
    [](atom::tick, uint64_t) {},
  };
}

} // namespace carillon::test
