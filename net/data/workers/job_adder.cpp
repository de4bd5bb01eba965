#include "net/data/workers/job_adder.hpp"

#include "messages/caf_error.hpp"
#include "messages/workers/remote_queue.hpp"

#include <algorithm>
#include <set>

namespace carillon::data {

namespace {

failure of_the_node(const std::string& queue) {
  return {ec::conflict, "the node does the jobs of '" + queue + "' itself", "queue"};
}

expected<enqueued_job> judged(const enqueued_job& x) {
  if (x.differs)
    return failure{ec::conflict,
                   "job " + std::to_string(x.id) + " has this key, and another kind or payload",
                   "key"};
  return x;
}

} // namespace

job_adder::job_adder(job_ways ways, given_jobs jobs, reply then)
  : ways_(std::move(ways)), jobs_(std::move(jobs)), then_(std::move(then)) {
  verdicts_.reserve(jobs_.size());
  for (const auto& x : jobs_)
    if (x)
      verdicts_.push_back({x->kind, x->key, enqueued_job{}});
    else
      verdicts_.push_back({{}, {}, x.error()});
}

void job_adder::begin(caf::event_based_actor* self, std::chrono::milliseconds left) {
  self_ = self;
  left_ = left;
  ask_for_owners();
}

void job_adder::ask_for_owners() {
  std::set<std::string> queues;
  for (const auto& x : jobs_)
    if (x)
      queues.emplace(queue_of(x->kind));
  for (auto i = queues.begin(); i != queues.end();)
    if (is_built_in_queue(*i)) {
      refuse_queue(*i, of_the_node(*i));
      i = queues.erase(i);
    } else {
      ++i;
    }
  // One more, so that the end is not reached before the last request is sent.
  waiting_ = queues.size() + 1;
  for (const auto& queue : queues)
    self_->request(ways_.dispatcher, left_, atom::find_v, queue)
      .then(
        [me = shared_from_this(), queue](bool own) {
          if (own)
            me->refuse_queue(queue, of_the_node(queue));
          me->answered(&job_adder::use_names);
        },
        [me = shared_from_this(), queue](const caf::error& why) {
          me->away_ = to_failure(why);
          me->refuse_queue(queue, *me->away_);
          me->answered(&job_adder::use_names);
        });
  answered(&job_adder::use_names);
}

void job_adder::refuse_queue(const std::string& queue, const failure& why) {
  for (size_t i = 0; i < jobs_.size(); ++i)
    if (jobs_[i] && queue_of(jobs_[i]->kind) == queue) {
      jobs_[i] = why;
      verdicts_[i].what = why;
    }
}

/// Looks into the store before a refusal, since queues may have ended.
void job_adder::use_names() {
  auto refused = use_all();
  if (!ways_.names->claim_look(!refused.empty(), std::chrono::steady_clock::now()))
    return store(refused);
  self_->request(ways_.reader, left_, list_job_queues{})
    .then(
      [me = shared_from_this()](const job_queue_records& found) {
        std::vector<std::string> with_jobs;
        for (const auto& x : found)
          with_jobs.push_back(x.queue);
        me->ways_.names->refresh(with_jobs, std::chrono::steady_clock::now());
        me->store(me->use_all());
      },
      [me = shared_from_this(), refused](const caf::error&) { me->store(refused); });
}

job_adder::refusals job_adder::use_all() {
  std::set<place> places;
  for (const auto& x : jobs_)
    if (x)
      places.emplace(queue_of(x->kind), x->company_id);
  refusals out;
  for (const auto& x : places)
    if (auto used = ways_.names->use(x.first, x.second, std::chrono::steady_clock::now()); !used)
      out.emplace(x, used.error());
  return out;
}

void job_adder::store(const refusals& refused) {
  std::map<std::string, std::vector<size_t>> by_company;
  for (size_t i = 0; i < jobs_.size(); ++i) {
    if (!jobs_[i])
      continue;
    auto found = refused.find({std::string{queue_of(jobs_[i]->kind)}, jobs_[i]->company_id});
    if (found != refused.end())
      verdicts_[i].what = found->second;
    else
      by_company[jobs_[i]->company_id].push_back(i);
  }
  waiting_ = by_company.size() + 1;
  for (auto& [company, which] : by_company)
    store_some(std::move(which));
  answered(&job_adder::finish);
}

void job_adder::store_some(std::vector<size_t> which) {
  enqueue_jobs call;
  call.drafts.reserve(which.size());
  for (auto i : which)
    call.drafts.push_back(std::move(*jobs_[i]));
  self_->request(ways_.writer, left_, std::move(call))
    .then(
      [me = shared_from_this(), which](const enqueued_jobs& all) {
        for (size_t k = 0; k < which.size(); ++k)
          me->verdicts_[which[k]].what = judged(all.at(k));
        me->answered(&job_adder::finish);
      },
      [me = shared_from_this(), which](const caf::error& why) {
        me->away_ = to_failure(why);
        for (auto i : which)
          me->verdicts_[i].what = *me->away_;
        me->answered(&job_adder::finish);
      });
}

void job_adder::answered(void (job_adder::*next)()) {
  if (--waiting_ == 0)
    (this->*next)();
}

void job_adder::finish() {
  const auto is_added = [](const auto& x) { return x.what.has_value(); };
  if (away_ && std::none_of(verdicts_.begin(), verdicts_.end(), is_added))
    then_(*away_);
  else
    then_(std::move(verdicts_));
}

} // namespace carillon::data
