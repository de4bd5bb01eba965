#pragma once

#include "actors/state/waiting_lease.hpp"
#include "messages/state/interfaces.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/fake_store.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace carillon::test {

/// Jobs in memory, like those of a store.
struct fake_jobs {
  std::map<uint64_t, job> jobs;
  std::set<std::string> paused;
  std::vector<effect_listener_actor> listeners;
  std::function<timestamp()> now;
  uint64_t last_fence = 0;
  /// While set, all requests fail, or only ends of attempts, or only leases.
  bool broken = false;
  bool cannot_finish = false;
  bool cannot_lease = false;
  /// Requests are accepted and never answered.
  bool silent = false;

  // Received requests.
  std::vector<finish_jobs> finishes;
  std::vector<lease_jobs> leases;
  std::vector<await_jobs> awaits;
  std::vector<trim_jobs> trims;
  std::vector<renew_leases> renewals;
  std::vector<note_progress> notes;
  /// Results of the next trims.
  std::vector<uint64_t> trimmed;
  size_t releases = 0;
  /// Who waits for jobs.
  waiting_lease waiting;

  job& add(const job_draft& x) {
    auto id = jobs.size() + 1;
    job& out = jobs[id];
    out.id = id;
    out.kind = x.kind;
    out.key = x.key;
    out.payload = x.payload;
    out.priority = x.priority;
    out.company_id = x.company_id;
    out.created_at = now();
    out.run_at = std::max(x.run_at, now());
    return out;
  }

  static bool is_of(const job& x, const wanted_jobs& y) {
    return queue_of(x.kind) == y.queue && (!y.company_id || x.company_id == *y.company_id);
  }

  bool is_due(const job& x, const wanted_jobs& y) const {
    return is_of(x, y) && x.run_at <= now()
           && (x.state == job_state::queued || x.state == job_state::running);
  }

  void lease(const wanted_jobs& what, std::chrono::milliseconds lease, leased_jobs& out) {
    std::vector<job*> due;
    if (!paused.contains(what.queue))
      for (auto& [id, x] : jobs)
        if (is_due(x, what))
          due.push_back(&x);
    std::sort(due.begin(), due.end(), [](const job* a, const job* b) {
      return std::tuple{-a->priority, a->run_at, a->id}
             < std::tuple{-b->priority, b->run_at, b->id};
    });
    due.resize(std::min(due.size(), what.most));
    for (auto* x : due) {
      x->state = job_state::running;
      ++x->attempts;
      x->fence = ++last_fence;
      x->progress.reset();
      x->run_at = now() + lease;
      out.items.push_back(*x);
    }
    for (const auto& [id, x] : jobs)
      if (is_of(x, what) && x.state == job_state::queued && x.run_at > now())
        out.next_due = std::min(out.next_due.value_or(x.run_at), x.run_at);
  }

  leased_jobs lease(const lease_jobs& x) {
    leased_jobs out;
    for (size_t i = 0; i < x.queues.size(); ++i) {
      lease(x.queues[i], x.lease, out);
      out.asked_by.resize(out.items.size(), i);
    }
    return out;
  }

  enqueued_jobs enqueue(const enqueue_jobs& x) {
    enqueued_jobs out;
    for (const auto& draft : x.drafts)
      out.push_back({add(draft).id, false});
    const std::vector<const enqueue_jobs*> calls{&x};
    const auto then = waiting.wanted(calls);
    if (then.queues.empty() || !waiting.answer(calls, lease(then)))
      tell();
    return out;
  }

  void finish(const finished_job& x) {
    auto& target = jobs.at(x.id);
    if (target.fence != x.fence || target.state != job_state::running)
      return;
    if (x.returned)
      --target.attempts;
    if (!x.returned || !x.outcome.error.empty())
      target.last_error = x.outcome.error;
    if (x.outcome.what == job_outcome::verdict::done && !x.returned) {
      target.state = job_state::done;
      target.result = x.outcome.result;
    } else if (x.again) {
      target.state = job_state::queued;
      target.run_at = *x.again;
    } else {
      target.state = job_state::dead;
    }
  }

  void tell() const {
    for (const auto& x : listeners)
      caf::anon_send(x, atom::committed_v);
  }

  size_t count(job_state x) const {
    return static_cast<size_t>(
      std::count_if(jobs.begin(), jobs.end(), [&](const auto& y) { return y.second.state == x; }));
  }
};

template <class T, class R, class F>
auto unless_broken(caf::event_based_actor* self, fake_jobs* st, F f) {
  return [self, st, f](const T& x) -> caf::result<R> {
    if (st->silent)
      return self->make_response_promise<R>();
    bool refuses = st->broken;
    if constexpr (std::is_same_v<T, finish_jobs>)
      refuses |= st->cannot_finish;
    if constexpr (std::is_same_v<T, lease_jobs>)
      refuses |= st->cannot_lease;
    if (refuses)
      return caf::make_error(ec::store_unavailable, std::string{"broken"});
    return f(x);
  };
}

inline job changed(fake_jobs& st, uint64_t id, job_state to) {
  auto& x = st.jobs.at(id);
  x.state = to;
  if (to == job_state::queued) {
    x.attempts = 0;
    x.run_at = st.now();
    x.progress.reset();
  }
  return x;
}

inline caf::behavior fake_job_store(caf::event_based_actor* self, fake_jobs* st) {
  return fake_store(
    [st](atom::enqueued, const effect_listener_actor& x) { st->listeners.push_back(x); },
    unless_broken<enqueue_jobs, enqueued_jobs>(
      self, st, [st](const enqueue_jobs& x) { return st->enqueue(x); }),
    unless_broken<lease_jobs, leased_jobs_ptr>(self, st,
                                               [st](const lease_jobs& x) {
                                                 st->waiting.end();
                                                 st->leases.push_back(x);
                                                 return std::make_shared<const leased_jobs>(
                                                   st->lease(x));
                                               }),
    unless_broken<await_jobs, leased_jobs_ptr>(
      self, st,
      [self, st](const await_jobs& x) -> caf::result<leased_jobs_ptr> {
        st->waiting.end();
        st->awaits.push_back(x);
        if (x.what.queues.empty())
          return leased_jobs_ptr{};
        auto promise = self->make_response_promise<leased_jobs_ptr>();
        st->waiting.begin(x.what, promise);
        return promise;
      }),
    unless_broken<finish_jobs, atom::done>(self, st,
                                           [st](const finish_jobs& x) {
                                             st->finishes.push_back(x);
                                             for (const auto& y : x.items)
                                               st->finish(y);
                                             return atom::done_v;
                                           }),
    unless_broken<renew_leases, atom::done>(
      self, st,
      [st](const renew_leases& x) {
        st->renewals.push_back(x);
        for (const auto& y : x.items)
          if (auto& z = st->jobs.at(y.id); z.fence == y.fence && z.state == job_state::running)
            z.run_at = st->now() + x.lease;
        return atom::done_v;
      }),
    unless_broken<note_progress, atom::done>(self, st,
                                             [st](const note_progress& x) {
                                               st->notes.push_back(x);
                                               for (const auto& y : x.items)
                                                 if (auto& z = st->jobs.at(y.of.id);
                                                     z.fence == y.of.fence
                                                     && z.state == job_state::running)
                                                   z.progress = y.what;
                                               return atom::done_v;
                                             }),
    unless_broken<release_leases, uint64_t>(self, st,
                                            [st](const release_leases&) {
                                              ++st->releases;
                                              uint64_t n = 0;
                                              for (auto& [id, x] : st->jobs)
                                                if (x.state == job_state::running) {
                                                  x.state = job_state::queued;
                                                  x.run_at = st->now();
                                                  ++n;
                                                }
                                              return n;
                                            }),
    unless_broken<retry_job, job>(self, st,
                                  [st](const retry_job& x) {
                                    auto out = changed(*st, x.id, job_state::queued);
                                    st->tell();
                                    return out;
                                  }),
    unless_broken<cancel_job, job>(
      self, st, [st](const cancel_job& x) { return changed(*st, x.id, job_state::cancelled); }),
    unless_broken<pause_job_queue, atom::done>(self, st,
                                               [st](const pause_job_queue& x) {
                                                 if (x.paused)
                                                   st->paused.insert(x.queue);
                                                 else
                                                   st->paused.erase(x.queue);
                                                 return atom::done_v;
                                               }),
    unless_broken<list_job_queues, job_queue_records>(
      self, st,
      [st](const list_job_queues&) {
        std::map<std::string, job_queue_record> out;
        for (const auto& [id, x] : st->jobs) {
          std::string queue{queue_of(x.kind)};
          out[queue].queue = queue;
          out[queue].queued += x.state == job_state::queued ? 1 : 0;
          out[queue].running += x.state == job_state::running ? 1 : 0;
        }
        job_queue_records all;
        for (const auto& [queue, x] : out)
          all.push_back(x);
        return all;
      }),
    unless_broken<trim_jobs, uint64_t>(self, st, [st](const trim_jobs& x) {
      st->trims.push_back(x);
      if (st->trimmed.empty())
        return uint64_t{0};
      auto n = st->trimmed.front();
      st->trimmed.erase(st->trimmed.begin());
      return n;
    }));
}

} // namespace carillon::test
