#include "net/data/workers/worker_call.hpp"

#include "base/json/appender.hpp"
#include "base/json/array_items.hpp"
#include "base/json/object_reader.hpp"
#include "base/text/number.hpp"
#include "messages/jobs/texts.hpp"
#include "messages/workers/own_name.hpp"
#include "messages/workers/texts.hpp"
#include "net/data/workers/job_array.hpp"
#include "net/data/workers/job_body.hpp"
#include "net/http/answers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace carillon::data {

namespace {

using boost::beast::http::verb;
using std::chrono::milliseconds;

/// A pull ends so long before its request's deadline.
constexpr milliseconds answer_time{500};
constexpr uint32_t most_pulled = 1'000;
constexpr size_t most_name_bytes = 200;
constexpr uint32_t longest_wait = 60'000;

/// The settings as the API shows them, with the name first, by which the caller knows it.
std::string named_json(const std::string& name, const remote_consumer& x,
                       std::string_view rest = {}) {
  std::string out = R"({"name":)";
  append_json_string(out, name);
  out += ',';
  out += std::string_view{to_json(x)}.substr(1);
  if (!rest.empty()) {
    out.pop_back();
    out += ',';
    out += rest;
    out += '}';
  }
  return out;
}

/// `"history":"…","generation":…,"workers":{…}`.
std::string status_members(const worker_status& x, const std::string& history) {
  std::string out = "\"history\":";
  append_json_string(out, history);
  out += ",\"generation\":" + std::to_string(x.generation) + ",\"workers\":";
  json_appender to{out};
  to.begin_object()
    .member("connected", x.workers)
    .member("waitingPulls", x.pulls)
    .member("inFlight", x.in_flight)
    .member("stale", x.stale)
    .member("expired", x.expired)
    .member("lost", x.lost);
  if (x.alone_since)
    to.member("aloneSince", *x.alone_since);
  to.end_object();
  return out;
}

std::string settled_json(size_t all, const std::vector<std::string>& stale) {
  std::string out;
  json_appender to{out};
  to.begin_object()
    .member("settled", static_cast<uint64_t>(all - stale.size()))
    .begin_array("stale");
  for (const auto& x : stale)
    to.item(x);
  to.end_array().end_object();
  return out;
}

std::string_view operation_of(worker_route::call x) noexcept {
  switch (x) {
  case worker_route::call::ack:
    return "ack";
  case worker_route::call::nack:
    return "nack";
  case worker_route::call::extend:
    return "extend";
  case worker_route::call::release:
    return "release";
  default:
    return "progress";
  }
}

operator_stamp stamp_of(const principal& who, std::string remote) {
  return {.who = actor_name(who),
          .from = std::move(remote),
          .key_name = who.key_name,
          .person = who.subject};
}

} // namespace

void worker_call::serve(std::string_view body, std::string remote, steady_time deadline, reply to) {
  if (to_ == nullptr)
    return to(problem_answer({ec::not_found, "there are no remote consumers here", {}}));
  if (what_ == worker_route::call::pull)
    return pull(body, deadline, std::move(to));
  if (what_ == worker_route::call::show)
    return show(deadline, std::move(to));
  if (what_ == worker_route::call::enqueue)
    return enqueue(body, deadline, std::move(to));
  if (what_ == worker_route::call::show_job)
    return show_job(deadline, std::move(to));
  if (what_ != worker_route::call::settings)
    return settle(body, deadline, std::move(to));
  if (method_ == verb::put)
    return put(body, stamp_of(who_, std::move(remote)), deadline, std::move(to));
  to_->remove(place(), stamp_of(who_, std::move(remote)), deadline,
              [to, name = name_](const expected<bool>& done) {
                std::string text = R"({"deleted":)";
                append_json_string(text, name);
                to(done ? whole_answer{.body = text + '}'} : problem_answer(done.error()));
              });
}

void worker_call::show(steady_time deadline, reply to) {
  to_->show(
    place(), deadline,
    [to, name = name_, history = to_->history()](const expected<worker_calls::view>& found) {
      to(found ? whole_answer{.body = named_json(name, found->consumer,
                                                 status_members(found->workers, history))}
               : problem_answer(found.error()));
    });
}

void worker_call::put(std::string_view body, operator_stamp by, steady_time deadline, reply to) {
  auto settings = remote_consumer_from_json(name_, body.empty() ? "{}" : body);
  if (!settings)
    return to(problem_answer(settings.error()));
  if (who_.is_bound() && !settings->company_id)
    settings->company_id = who_.company_id;
  if (who_.is_bound() && *settings->company_id != who_.company_id)
    return to(problem_answer(
      {ec::forbidden, "this API key is for events of another company", "companyId"}));
  if (settings->company_id && !who_.may_work_for_companies(name_))
    return to(problem_answer(of_a_company(name_)));
  to_->put({std::move(*settings), std::move(by), who_.company_id}, deadline,
           [to, name = name_](const expected<put_result>& done) {
             to(done ? whole_answer{.status = done->created ? 201 : 200,
                                    .body = named_json(name, done->consumer)}
                     : problem_answer(done.error()));
           });
}

void worker_call::enqueue(std::string_view body, steady_time deadline, reply to) {
  if (begins_array(body))
    return to_->enqueue(body, who_, deadline, [to](const expected<job_verdicts>& done) {
      to(done ? whole_answer{.body = verdicts_json(*done)} : problem_answer(done.error()));
    });
  given_jobs one;
  one.push_back(job_draft_from(body, wall_clock_now()));
  one = claimed(std::move(one), who_);
  if (!one.front())
    return to(problem_answer(one.front().error()));
  auto company = one.front()->company_id;
  to_->enqueue(std::move(one), company, deadline, [to](const expected<job_verdicts>& done) {
    if (!done)
      return to(problem_answer(done.error()));
    const auto& x = done->front();
    if (!x.what)
      return to(problem_answer(x.what.error()));
    to({.status = x.what->duplicate ? 200 : 201,
        .body = enqueued_json(*x.what, x.kind, x.key),
        .fields = "Location: /api/jobs/" + std::to_string(x.what->id) + "\r\n"});
  });
}

void worker_call::show_job(steady_time deadline, reply to) {
  auto id = number_from(name_);
  if (!id || *id == 0)
    return to(problem_answer({ec::not_found, "there is no such job", "id"}));
  // A worker sees the jobs of its queues.
  auto may_see = [who = who_](const job& x) {
    return who.role != role::worker || who.may_work_on(queue_of(x.kind));
  };
  to_->show_job(*id, who_.company_id, std::move(may_see), deadline, [to](const expected<job>& x) {
    to(x ? whole_answer{.body = to_json(*x)} : problem_answer(x.error()));
  });
}

void worker_call::pull(std::string_view body, steady_time deadline, reply to) {
  auto object = parse_object(body.empty() ? "{}" : body);
  if (!object)
    return to(problem_answer(object.error()));
  object_reader in{*object};
  pull_deliveries request;
  request.most = in.number("max", request.most, most_pulled);
  request.wait = milliseconds{in.number("waitMs", 0, longest_wait)};
  request.worker = in.text("worker").value_or(std::string{});
  if (request.worker.size() > most_name_bytes)
    in.fail("worker", "a worker's name has at most 200 bytes");
  if (request.most == 0)
    in.fail("max", "a pull takes 1 to 1000 deliveries");
  if (auto fault = in.finish())
    return to(problem_answer(*fault));
  auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_time::clock::now());
  request.wait
    = std::clamp(request.wait, milliseconds{0}, std::max(left - answer_time, milliseconds{0}));
  auto answer = [to, calls = to_, at = place()](const expected<handed_deliveries_ptr>& found) {
    if (!found)
      return to(problem_answer(found.error()));
    whole_answer out{.body = "{"};
    if (at.of == work_kind::deliveries) {
      out.body += R"("history":)";
      append_json_string(out.body, calls->history());
      out.body += ',';
    } else {
      // A consumer's worker has it in its settings.
      out.body
        += "\"ackTimeoutMs\":" + std::to_string(calls->ack_timeout_of(at.name).count()) + ',';
    }
    append_deliveries(out.body, **found, 0, std::numeric_limits<size_t>::max());
    out.body += '}';
    if (!(*found)->empty())
      out.unsent = [calls, at, all = *found] { calls->release(at, all); };
    to(std::move(out));
  };
  end_wait_ = to_->pull(place(), request, deadline, std::move(answer));
}

void worker_call::cancel() {
  if (end_wait_)
    std::exchange(end_wait_, nullptr)();
}

void worker_call::settle(std::string_view body, steady_time deadline, reply to) {
  auto object = parse_object(body);
  if (!object)
    return to(problem_answer(object.error()));
  auto request = settlements_from(operation_of(what_), *object, true, of_, body);
  if (!request)
    return to(problem_answer(request.error()));
  auto all = request->items.size();
  to_->settle(place(), std::move(*request), deadline,
              [to, all](const expected<settled_deliveries>& done) {
                to(done ? whole_answer{.body = settled_json(all, done->stale)}
                        : problem_answer(done.error()));
              });
}

} // namespace carillon::data
