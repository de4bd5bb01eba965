#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "messages/jobs/texts.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/resources.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

failure no_job() {
  return {ec::not_found, "there is no such job", "id"};
}

failure no_queue() {
  return {ec::not_found, "no queue has this name", "queue"};
}

failure no_jobs_here() {
  return {ec::store_unavailable, "jobs do not run here", {}};
}

expected<uint64_t> id_of(const call& c) {
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return no_job();
  return *id;
}

template <class R, class Request>
expected<R> ask_dispatcher(const call& c, Request request) {
  if (c.ctx.backend.jobs == nullptr)
    return no_jobs_here();
  return ask<R>(c, c.ctx.backend.jobs, std::move(request));
}

template <class Request>
expected<typename Request::answer> ask_state(const call& c, const state_handles& state,
                                             Request request) {
  if (state.jobs == nullptr)
    return no_jobs_here();
  return ask<typename Request::answer>(c, state.jobs, std::move(request));
}

template <class Request>
auto read(const call& c, Request request) {
  return ask_state(c, c.ctx.backend.state_reader, std::move(request));
}

template <class Request>
auto write(const call& c, Request request) {
  return ask_state(c, c.ctx.backend.state_writer, std::move(request));
}

answer describe(const job& x) {
  return {.body = to_json(x)};
}

void put_queue(json_writer& out, const job_queue_record& x) {
  out.begin_object()
    .member("queue", std::string_view{x.queue})
    .member("paused", x.paused)
    .member("queued", x.queued)
    .member("running", x.running)
    .member("dead", x.dead)
    .member("oldestDue", x.oldest_due)
    .member_or_null("unavailable", x.unavailable)
    .member("nextTry", x.next_try)
    .end_object();
}

template <class Request>
expected<answer> change_job(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto now = write(c, Request{*id, c.bound_company(), c.stamp()});
  if (!now)
    return now.error();
  return describe(*now);
}

expected<answer> set_paused(call& c, bool paused) {
  const auto& name = c.arguments.front();
  if (!is_job_kind(name))
    return no_queue();
  auto done = ask_dispatcher<atom::done>(c, pause_job_queue{name, paused, c.stamp()});
  if (!done)
    return done.error();
  auto all = ask_dispatcher<job_queue_records>(c, list_job_queues{});
  if (!all)
    return all.error();
  auto found
    = std::find_if(all->begin(), all->end(), [&](const auto& x) { return x.queue == name; });
  if (found == all->end())
    return no_queue();
  json_writer out;
  put_queue(out, *found);
  return answer{.body = out.take()};
}

} // namespace

expected<answer> show_jobs(call& c) {
  query_reader q{c};
  list_jobs request;
  request.page.company_id = q.company();
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  request.kind = q.identifier("kind");
  if (auto state = q.identifier("state")) {
    request.state = job_state_from(*state);
    if (!request.state)
      return failure{ec::invalid_argument, "the state is queued, running, done, dead or cancelled",
                     "state"};
  }
  if (q.fault())
    return *q.fault();
  if (request.kind && !is_job_kind(*request.kind))
    return failure{ec::invalid_argument, "this is no kind of jobs, and no queue", "kind"};
  auto page = read(c, std::move(request));
  if (!page)
    return page.error();
  return answer_page("jobs", *page, q,
                     as_object([](json_writer& out, const job& y) { put_members(out, y); }));
}

expected<answer> show_job(call& c) {
  auto id = id_of(c);
  if (!id)
    return id.error();
  auto found = read(c, get_job{*id, c.bound_company()});
  if (!found)
    return found.error();
  return describe(*found);
}

expected<answer> retry_one_job(call& c) {
  return change_job<retry_job>(c);
}

expected<answer> retry_dead_jobs(call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  retry_jobs request;
  auto kind = in.text("kind");
  request.kind = kind.value_or("");
  request.company_id = in.text("companyId");
  if (kind && !is_job_kind(*kind))
    in.fail("kind", "this is no kind of jobs, and no queue");
  if (request.company_id && !is_identifier(*request.company_id))
    in.fail("companyId", "an identifier is 1 to 128 bytes of UTF-8 without control characters");
  else if (request.company_id && !c.who.may_see(*request.company_id))
    in.fail("companyId", "this API key sees its own company only");
  if (auto fault = in.finish())
    return *fault;
  if (c.who.is_bound())
    request.company_id = c.bound_company();
  request.by = c.stamp();
  // A page is a transaction; the bound ends the loop if jobs keep dying meanwhile.
  constexpr size_t most_pages = 1'000;
  uint64_t retried = 0;
  for (size_t page = 0; page < most_pages; ++page) {
    auto count = write(c, request);
    if (!count)
      return count.error();
    retried += *count;
    if (*count < request.limit)
      break;
  }
  json_writer out;
  out.begin_object().member("retried", retried).end_object();
  return answer{.body = out.take()};
}

expected<answer> cancel_one_job(call& c) {
  return change_job<cancel_job>(c);
}

expected<answer> show_job_queues(call& c) {
  auto all = ask_dispatcher<job_queue_records>(c, list_job_queues{});
  if (!all)
    return all.error();
  return answer_whole_list("queues", *all, put_queue);
}

expected<answer> pause_queue(call& c) {
  return set_paused(c, true);
}

expected<answer> resume_queue(call& c) {
  return set_paused(c, false);
}

} // namespace carillon::admin
