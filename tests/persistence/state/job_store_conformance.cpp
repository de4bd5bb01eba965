#include "tests/persistence/state/state_fixture.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

// The contract of every state_store about jobs.

namespace carillon::test {

TEST_SUITE("persistence/jobs") {
  namespace {

  using namespace std::chrono_literals;

  const operator_stamp by_key{"key:1", "10.0.0.9"};

  job_draft draft(std::string key, std::string kind = "email.welcome", int32_t priority = 0,
                  timestamp run_at = {}) {
    return {.kind = std::move(kind),
            .key = std::move(key),
            .payload = R"({"n":1})",
            .company_id = "acme",
            .event_seq = 7,
            .run_at = run_at,
            .priority = priority};
  }

  uint64_t add(state_fixture& f, job_draft x, timestamp now = epoch) {
    return must(f.state->jobs().enqueue({.drafts = {std::move(x)}}, now)).at(0).id;
  }

  std::vector<job> lease(state_fixture& f, timestamp now, size_t most = 100,
                         std::string queue = "email") {
    return must(f.state->jobs().lease({.queues = {{std::move(queue), most}}, .lease = 60s}, now))
      .items;
  }

  void finish(state_fixture& f, const job& x, job_outcome outcome, timestamp now,
              std::optional<timestamp> again = {}) {
    must(f.state->jobs().finish(
      {.items = {{.id = x.id, .fence = x.fence, .outcome = std::move(outcome), .again = again}}},
      now));
  }

  job find(state_fixture& f, uint64_t id) {
    return must(f.state->jobs().get(get_job{.id = id}));
  }

  std::vector<std::string> keys(const std::vector<job>& xs) {
    std::vector<std::string> out;
    for (const auto& x : xs)
      out.push_back(x.key);
    return out;
  }

  using texts = std::vector<std::string>;

  } // namespace

  TEST_CASE("progress is that of the last attempt: the next one begins without") {
    state_fixture f;
    const auto id = add(f, draft("a"));
    auto note = [&](const job& x) {
      must(f.state->jobs().note(
        {.items
         = {{.of = {x.id, x.fence}, .what = {.note = "half", .percent = 50, .at = epoch}}}}));
    };
    auto first = lease(f, epoch).at(0);
    note(first);
    finish(f, first, job_outcome::failed("no"), epoch, epoch + 1s);
    REQUIRE(find(f, id).progress);
    CHECK(find(f, id).progress->percent == 50u);
    auto second = lease(f, epoch + 1s).at(0);
    CHECK(!second.progress);
    CHECK(!find(f, id).progress);
    // Of a lease that has gone: it is not the attempt that runs.
    note(first);
    CHECK(!find(f, id).progress);
    note(second);
    CHECK(find(f, id).progress);
    finish(f, second, job_outcome::hopeless("no"), epoch + 2s);
    CHECK(find(f, id).progress);
    CHECK(!must(f.state->jobs().retry(retry_job{.id = id, .by = by_key}, epoch + 3s)).progress);
    CHECK(!find(f, id).progress);
    auto third = lease(f, epoch + 3s).at(0);
    note(third);
    finish(f, third, job_outcome::hopeless("no"), epoch + 4s);
    CHECK(must(f.state->jobs().retry(retry_jobs{.kind = "email", .by = by_key}, epoch + 5s)) == 1);
    CHECK(!find(f, id).progress);
  }

  TEST_CASE("calls in one transaction are answered as each alone would be") {
    state_fixture f;
    const auto known = add(f, draft("known"));
    const enqueue_jobs two{.drafts = {draft("a"), draft("b")}};
    const enqueue_jobs wrong{.drafts = {draft("c"), draft("d", "No Kind")}};
    const enqueue_jobs again{.drafts = {draft("b"), draft("known", "email.other")}};
    const enqueue_jobs many{.drafts = std::vector<job_draft>(1'001, draft("e"))};
    const enqueue_jobs last{.drafts = {draft("f")}};
    const std::vector<const enqueue_jobs*> all{&two, &wrong, &again, &many, &last};
    const auto out = must(f.state->jobs().enqueue(all, epoch));
    REQUIRE(out.size() == 5);
    const auto first = must(out[0]);
    REQUIRE(first.size() == 2);
    CHECK(!first[0].duplicate);
    CHECK(find(f, first[1].id).key == "b");
    CHECK(code_of(out[1]) == ec::invalid_argument);
    const auto repeated = must(out[2]);
    CHECK(repeated[0].id == first[1].id);
    CHECK(repeated[0].duplicate);
    CHECK(!repeated[0].differs);
    CHECK(repeated[1].id == known);
    CHECK(repeated[1].differs);
    CHECK(code_of(out[3]) == ec::too_large);
    CHECK(find(f, must(out[4])[0].id).key == "f");
    // Of a call at fault nothing is added.
    CHECK(must(f.state->jobs().list({})).items.size() == 4);
  }

  TEST_CASE("jobs are leased by the transaction that adds some, as by a lease behind it") {
    state_fixture f;
    add(f, draft("urgent", "email.welcome", 5));
    const enqueue_jobs two{.drafts
                           = {draft("a"), draft("b"), draft("later", "email.x", 0, epoch + 9s)}};
    const enqueue_jobs wrong{.drafts = {draft("c", "No Kind")}};
    const enqueue_jobs other{.drafts = {draft("d", "mails.x")}};
    const std::vector<const enqueue_jobs*> all{&two, &wrong, &other};
    const lease_jobs then{.queues = {{"email", 2}, {"email", 9}}, .lease = 60s};
    auto out = must(f.state->jobs().enqueue(all, then, epoch));
    REQUIRE(out.calls.size() == 3);
    CHECK(must(out.calls[0]).size() == 3);
    CHECK(code_of(out.calls[1]) == ec::invalid_argument);
    REQUIRE(out.leased);
    CHECK(keys(out.leased->items) == texts{"urgent", "a", "b"});
    CHECK(out.leased->asked_by == std::vector<size_t>{0, 0, 1});
    CHECK(out.leased->next_due == epoch + 9s);
    const auto& a = out.leased->items[1];
    CHECK(find(f, a.id).state == job_state::running);
    CHECK(find(f, a.id).fence == a.fence);
    CHECK(find(f, a.id).attempts == 1);
    CHECK(find(f, a.id).run_at == epoch + 60s);
    CHECK(find(f, must(out.calls[2])[0].id).state == job_state::queued);
    CHECK(lease(f, epoch).empty());
    // They are leases as any: a process that was killed then leaves them to the next one.
    finish(f, a, job_outcome::done(), epoch);
    CHECK(must(f.state->jobs().release({}, epoch + 1s)) == 2);
    const auto again = lease(f, epoch + 1s);
    CHECK(keys(again) == texts{"urgent", "b"});
    CHECK(again[1].attempts == 2);
    finish(f, out.leased->items[2], job_outcome::done(), epoch + 1s);
    CHECK(find(f, again[1].id).state == job_state::running);
  }

  TEST_CASE("nothing is leased with jobs that are all at fault, or known, or of a paused queue") {
    state_fixture f;
    const lease_jobs then{.queues = {{"email", 2}}, .lease = 60s};
    const enqueue_jobs wrong{.drafts = {draft("c", "No Kind")}};
    const std::vector<const enqueue_jobs*> fault{&wrong};
    CHECK(!must(f.state->jobs().enqueue(fault, then, epoch)).leased);
    const enqueue_jobs good{.drafts = {draft("a")}};
    const std::vector<const enqueue_jobs*> one{&good};
    must(f.state->jobs().pause({"email", true, by_key}, epoch));
    auto out = must(f.state->jobs().enqueue(one, then, epoch));
    REQUIRE(out.leased);
    CHECK(out.leased->items.empty());
    must(f.state->jobs().pause({"email", false, by_key}, epoch));
    REQUIRE(must(f.state->jobs().enqueue(one, then, epoch)).leased->items.size() == 1);
    out = must(f.state->jobs().enqueue(one, then, epoch));
    CHECK(must(out.calls[0])[0].duplicate);
    CHECK(out.leased->items.empty());
    CHECK(out.leased->next_due == epoch + 60s);
  }

  TEST_CASE("a key is enqueued once, by an operator or by an event") {
    state_fixture f;
    auto first
      = must(f.state->jobs().enqueue({.drafts = {draft("a"), draft("b"), draft("a")}}, epoch));
    CHECK(first[2].id == first[0].id);
    CHECK(first[2].duplicate);
    CHECK(!first[1].duplicate);
    f.commit_effects(effects::of(draft("b"), draft("c")));
    CHECK(must(f.state->jobs().list({})).items.size() == 3);
    auto stored = find(f, first[0].id);
    CHECK(stored.kind == "email.welcome");
    CHECK(stored.payload == R"({"n":1})");
    CHECK(stored.company_id == "acme");
    CHECK(stored.event_seq == 7);
    CHECK(stored.state == job_state::queued);
    CHECK(stored.run_at == epoch);
    auto wrong = f.state->jobs().enqueue({.drafts = {draft("d"), draft("e", "No Kind")}}, epoch);
    REQUIRE(!wrong);
    CHECK(wrong.error().code == ec::invalid_argument);
    auto many = f.state->jobs().enqueue({.drafts = {1'001, draft("f")}}, epoch);
    REQUIRE(!many);
    CHECK(many.error().code == ec::too_large);
    CHECK(must(f.state->jobs().list({})).items.size() == 3);
  }

  TEST_CASE("a job keeps the trace of its cause, however it came") {
    state_fixture f;
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    auto traced = [&](std::string key) {
      auto out = draft(std::move(key));
      out.traceparent = trace;
      return out;
    };
    const auto id = add(f, traced("a"));
    f.commit_effects(effects::of(traced("b")));
    add(f, draft("c"));
    CHECK(find(f, id).traceparent == trace);
    for (const auto& x : lease(f, epoch))
      CHECK(x.traceparent == (x.key == "c" ? std::string{} : trace));
  }

  TEST_CASE("a key belongs to its queue and company, and tells whether the same was asked") {
    state_fixture f;
    auto add_all = [&](std::vector<job_draft> xs) {
      return must(f.state->jobs().enqueue({.drafts = std::move(xs)}, epoch));
    };
    auto first = draft("a");
    auto other_company = first;
    other_company.company_id = "zoo";
    auto none = first;
    none.company_id = "";
    auto made = add_all({first, other_company, none, draft("a", "thumbs"), first});
    std::set<uint64_t> ids;
    for (size_t i = 0; i < 4; ++i) {
      CHECK(!made[i].duplicate);
      CHECK(!made[i].differs);
      ids.insert(made[i].id);
    }
    CHECK(ids.size() == 4);
    CHECK(made[4].id == made[0].id);
    CHECK(made[4].duplicate);
    CHECK(!made[4].differs);
    auto payload = first;
    payload.payload = R"({"n":2})";
    auto again = add_all({payload, draft("a", "email.other"), other_company});
    CHECK(again[0].id == made[0].id);
    CHECK(again[0].differs);
    CHECK(again[1].id == made[0].id);
    CHECK(again[1].differs);
    CHECK(again[2].id == made[1].id);
    CHECK(!again[2].differs);
    // The first stays as it is.
    CHECK(find(f, made[0].id).payload == R"({"n":1})");
    // A handler's job is inserted once as well.
    f.commit_effects(effects::of(first, other_company));
    CHECK(must(f.state->jobs().list({})).items.size() == 4);
  }

  TEST_CASE("a result stays with its job, and no other end leaves one") {
    state_fixture f;
    add(f, draft("a"));
    add(f, draft("b"));
    auto xs = lease(f, epoch);
    REQUIRE(xs.size() == 2);
    finish(f, xs[0], job_outcome::done(R"({"pages":7,"text":"\u00e4 \"x\""})"), epoch + 1s);
    finish(f, xs[1], job_outcome::failed("no"), epoch + 1s, epoch + 2s);
    CHECK(find(f, xs[0].id).result == R"({"pages":7,"text":"\u00e4 \"x\""})");
    CHECK(find(f, xs[1].id).result.empty());
    CHECK(must(f.state->jobs().list({})).items[1].result == find(f, xs[0].id).result);
    // Another lease cannot change it.
    finish(f, xs[0], job_outcome::done("1"), epoch + 2s);
    CHECK(find(f, xs[0].id).result == R"({"pages":7,"text":"\u00e4 \"x\""})");
  }

  TEST_CASE("what a worker says of its job is kept while it has it") {
    state_fixture f;
    add(f, draft("a"));
    auto first = lease(f, epoch).at(0);
    CHECK(!find(f, first.id).progress);
    auto say = [&](const job& x, std::string note, std::optional<uint32_t> percent, timestamp at) {
      must(f.state->jobs().note(
        {.items = {{.of = {x.id, x.fence}, .what = {std::move(note), percent, at}}}}));
    };
    say(first, "page 1", 0, epoch + 1s);
    auto found = find(f, first.id);
    REQUIRE(found.progress);
    CHECK(found.progress->note == "page 1");
    CHECK(found.progress->percent == 0u);
    CHECK(found.progress->at == epoch + 1s);
    CHECK(found.updated_at == epoch);
    say(first, "page 2", {}, epoch + 2s);
    CHECK(find(f, first.id).progress->note == "page 2");
    CHECK(!find(f, first.id).progress->percent);
    // After its lease the next worker speaks.
    auto second = lease(f, epoch + 60s).at(0);
    say(first, "late", 99, epoch + 61s);
    CHECK(!find(f, first.id).progress);
    say(second, "page 3", 50, epoch + 62s);
    finish(f, second, job_outcome::done(), epoch + 63s);
    say(second, "after the end", 100, epoch + 64s);
    CHECK(find(f, first.id).progress->note == "page 3");
    CHECK(must(f.state->jobs().list({})).items[0].progress->percent == 50u);
  }

  TEST_CASE("a lease that is renewed does not end, and is the same attempt") {
    state_fixture f;
    add(f, draft("a"));
    add(f, draft("b"));
    auto xs = lease(f, epoch);
    must(f.state->jobs().renew(
      {.items = {{xs[0].id, xs[0].fence}, {xs[1].id, xs[1].fence + 1}}, .lease = 60s},
      epoch + 50s));
    CHECK(find(f, xs[0].id).run_at == epoch + 110s);
    CHECK(find(f, xs[0].id).attempts == 1);
    CHECK(find(f, xs[0].id).fence == xs[0].fence);
    // An old fence renews nothing.
    CHECK(keys(lease(f, epoch + 60s)) == texts{"b"});
    finish(f, xs[0], job_outcome::done(), epoch + 61s);
    must(f.state->jobs().renew({.items = {{xs[0].id, xs[0].fence}}, .lease = 60s}, epoch + 62s));
    CHECK(find(f, xs[0].id).state == job_state::done);
    CHECK(find(f, xs[0].id).updated_at == epoch + 61s);
  }

  TEST_CASE("jobs of one company are leased alone, and each is told for whom") {
    state_fixture f;
    auto of = [](const std::string& key, const std::string& company, int32_t priority = 0,
                 timestamp run_at = {}) {
      auto x = draft(key, "thumbs.a", priority, run_at);
      x.company_id = company;
      return x;
    };
    add(f, of("a-1", "acme"));
    add(f, of("z-1", "zoo"));
    add(f, of("a-2", "acme", 5));
    add(f, of("none", ""));
    add(f, of("z-later", "zoo", 0, epoch + 10s));
    auto of_company = [&](const std::string& company, timestamp now) {
      return must(f.state->jobs().lease(
        {.queues = {{.queue = "thumbs", .most = 9, .company_id = company}}, .lease = 60s}, now));
    };
    auto acme = of_company("acme", epoch);
    CHECK(keys(acme.items) == texts{"a-2", "a-1"});
    CHECK(acme.next_due == epoch + 60s);
    CHECK(of_company("nobody", epoch).items.empty());
    CHECK(!of_company("nobody", epoch).next_due);
    auto both = must(f.state->jobs().lease(
      {.queues = {{"email", 9}, {"thumbs", 1, "zoo"}, {"thumbs", 9}}, .lease = 60s}, epoch));
    CHECK(keys(both.items) == texts{"z-1", "none"});
    CHECK(both.asked_by == std::vector<size_t>{1, 2});
    // What a company's worker lost comes to it again, and not to another company's.
    CHECK(of_company("zoo", epoch + 59s).items.size() == 1);
    auto again = of_company("acme", epoch + 60s).items;
    REQUIRE(again.size() == 2);
    CHECK(again[0].company_id == "acme");
    CHECK(again[1].company_id == "acme");
    CHECK(of_company("acme", epoch + 60s).items.empty());
  }

  TEST_CASE("a company's next job is found behind many of another one's") {
    state_fixture f;
    auto of = [](int n, const std::string& company, timestamp run_at) {
      auto x = draft(company + std::to_string(n), "thumbs.a", 0, run_at);
      x.company_id = company;
      return x;
    };
    enqueue_jobs many;
    for (int i = 1; i <= 150; ++i)
      many.drafts.push_back(of(i, "zoo", epoch + i * 1s));
    many.drafts.push_back(of(1, "acme", epoch + 500s));
    must(f.state->jobs().enqueue(many, epoch));
    auto look = [&](timestamp now, const std::string& company) {
      return must(f.state->jobs().lease(
        {.queues = {{.queue = "thumbs", .most = 9, .company_id = company}}, .lease = 60s}, now));
    };
    // It looks again after a bounded number of them.
    auto first = look(epoch, "acme");
    CHECK(first.items.empty());
    CHECK(first.next_due == epoch + 100s);
    CHECK(look(epoch + 100s, "acme").next_due == epoch + 500s);
    CHECK(look(epoch + 500s, "acme").items.size() == 1);
    CHECK(look(epoch, "zoo").next_due == epoch + 1s);
  }

  TEST_CASE("what is due is leased by priority, then by how long it is due") {
    state_fixture f;
    add(f, draft("late", "email.a", 0, epoch + 10s));
    add(f, draft("early", "email.b", 0, epoch + 5s));
    add(f, draft("high", "email.a", 5, epoch + 20s));
    add(f, draft("future", "email.a", 9, epoch + 99s));
    add(f, draft("other", "document.x", 0, epoch));
    auto found = must(f.state->jobs().lease({.queues = {{"email", 2}}, .lease = 60s}, epoch + 30s));
    CHECK(keys(found.items) == texts{"high", "early"});
    CHECK(found.items[0].attempts == 1);
    CHECK(found.items[0].run_at == epoch + 90s);
    CHECK(find(f, found.items[0].id).state == job_state::running);
    found = must(f.state->jobs().lease({.queues = {{"email", 9}, {"document", 9}}, .lease = 60s},
                                       epoch + 30s));
    CHECK(keys(found.items) == texts{"late", "other"});
    CHECK(found.next_due == epoch + 90s);
    CHECK(lease(f, epoch + 31s).empty());
  }

  TEST_CASE("companies take turns, however many jobs one of them has") {
    state_fixture f;
    auto of = [](const std::string& key, const std::string& company, int32_t priority = 0) {
      auto x = draft(key, "email.a", priority);
      x.company_id = company;
      return x;
    };
    for (int i = 0; i < 30; ++i)
      add(f, of("bad-" + std::to_string(100 + i), "bad"), epoch + std::chrono::milliseconds{i});
    add(f, of("acme-1", "acme"), epoch + 1s);
    add(f, of("acme-2", "acme", 5), epoch + 2s);
    add(f, of("none-1", ""), epoch + 3s);
    auto later = of("zoo-1", "zoo");
    later.run_at = epoch + 99s;
    add(f, later);
    // One of each, then again; of a company its highest priority first.
    auto now = epoch + 10s;
    CHECK(keys(lease(f, now, 4)) == texts{"none-1", "acme-2", "bad-100", "acme-1"});
    // Turns continue after the company that had the last one, whether it has more or not.
    add(f, of("acme-3", "acme"), now);
    add(f, of("none-2", ""), now);
    CHECK(keys(lease(f, now, 1)) == texts{"bad-101"});
    CHECK(keys(lease(f, now, 1)) == texts{"none-2"});
    CHECK(keys(lease(f, now, 1)) == texts{"acme-3"});
    CHECK(keys(lease(f, now, 1)) == texts{"bad-102"});
    // Unused parts go to companies with more jobs: all requested jobs, in order.
    add(f, of("acme-4", "acme"), now);
    auto rest = lease(f, now, 12);
    REQUIRE(rest.size() == 12);
    CHECK(rest[0].key == "acme-4");
    CHECK(rest[1].key == "bad-103");
    CHECK(rest[11].key == "bad-113");
    CHECK(lease(f, now, 100).size() == 16);
    CHECK(keys(lease(f, epoch + 99s - 1us, 100)).size() == 36);
  }

  TEST_CASE("dead jobs are made due by kind, queue and company, a page at a time") {
    state_fixture f;
    for (const auto* key : {"a", "b", "c", "d"}) {
      auto x = draft(key, *key == 'c' ? "email.other" : *key == 'd' ? "document.x" : "email.a");
      x.company_id = *key == 'b' ? "other" : "acme";
      add(f, x);
    }
    for (const auto* queue : {"email", "document"})
      for (const auto& x : lease(f, epoch, 100, queue))
        finish(f, x, job_outcome::hopeless("550"), epoch);
    add(f, draft("waits"), epoch);
    auto retry = [&](const std::string& kind, std::optional<std::string> company, size_t limit) {
      return must(f.state->jobs().retry(
        retry_jobs{.kind = kind, .company_id = std::move(company), .by = by_key, .limit = limit},
        epoch + 5s));
    };
    CHECK(retry("report", {}, 100) == 0);
    CHECK(retry("email.other", "other", 100) == 0);
    auto rows = f.audit_rows();
    CHECK(retry("email", {}, 2) == 2);
    CHECK(f.audit_rows() == rows + 1);
    CHECK(f.last_audit().action == "jobs.retried");
    CHECK(f.last_audit().detail == R"({"kind":"email","count":2})");
    CHECK(retry("email", "acme", 2) == 1);
    CHECK(retry("email", {}, 2) == 0);
    auto again = lease(f, epoch + 5s);
    CHECK(again.size() == 4);
    for (const auto& x : again)
      CHECK(x.attempts == 1);
    CHECK(retry("", {}, 2) == 1);
  }

  TEST_CASE("a lease that ends is somebody else's, and whoever is late changes nothing") {
    state_fixture f;
    add(f, draft("a"));
    auto first = lease(f, epoch).at(0);
    CHECK(lease(f, epoch + 59s).empty());
    auto second = lease(f, epoch + 60s).at(0);
    CHECK(second.attempts == 2);
    CHECK(second.fence != first.fence);
    finish(f, first, job_outcome::hopeless("late"), epoch + 61s);
    CHECK(find(f, second.id).state == job_state::running);
    finish(f, second, job_outcome::done(), epoch + 61s);
    CHECK(find(f, second.id).state == job_state::done);
    finish(f, second, job_outcome::hopeless("twice"), epoch + 62s);
    CHECK(find(f, second.id).state == job_state::done);
    CHECK(find(f, second.id).last_error.empty());
  }

  TEST_CASE("a failure is due again, or it was the last") {
    state_fixture f;
    add(f, draft("a"));
    finish(f, lease(f, epoch).at(0), job_outcome::failed("no answer"), epoch + 1s, epoch + 61s);
    auto x = find(f, 1);
    CHECK(x.state == job_state::queued);
    CHECK(x.run_at == epoch + 61s);
    CHECK(x.last_error == "no answer");
    CHECK(lease(f, epoch + 60s).empty());
    finish(f, lease(f, epoch + 61s).at(0), job_outcome::failed("still none"), epoch + 62s);
    CHECK(find(f, 1).state == job_state::dead);
    CHECK(find(f, 1).attempts == 2);
    auto again = must(f.state->jobs().retry(retry_job{.id = 1, .by = by_key}, epoch + 70s));
    CHECK(again.state == job_state::queued);
    CHECK(again.attempts == 0);
    CHECK(f.last_audit().action == "job.retried");
    CHECK(f.last_audit().actor == "key:1");
    CHECK(lease(f, epoch + 70s).at(0).attempts == 1);
    auto running = f.state->jobs().retry(retry_job{.id = 1, .by = by_key}, epoch + 71s);
    REQUIRE(!running);
    CHECK(running.error().code == ec::conflict);
  }

  TEST_CASE("what was not begun goes back as it was") {
    state_fixture f;
    add(f, draft("a"));
    auto x = lease(f, epoch).at(0);
    must(f.state->jobs().finish(
      {.items = {{.id = x.id, .fence = x.fence, .again = epoch, .returned = true}}}, epoch));
    CHECK(find(f, x.id).state == job_state::queued);
    CHECK(find(f, x.id).attempts == 0);
  }

  TEST_CASE("what is not to blame goes back with the reason, which stays") {
    state_fixture f;
    add(f, draft("a"));
    for (const auto* why : {"no route", ""}) {
      auto x = lease(f, epoch).at(0);
      must(f.state->jobs().finish({.items = {{.id = x.id,
                                              .fence = x.fence,
                                              .outcome = job_outcome::unavailable(why),
                                              .again = epoch,
                                              .returned = true}}},
                                  epoch));
      CHECK(find(f, x.id).state == job_state::queued);
      CHECK(find(f, x.id).attempts == 0);
      CHECK(find(f, x.id).last_error == "no route");
    }
  }

  TEST_CASE("a clock that is set back makes nobody wait longer than was meant") {
    state_fixture f;
    const auto ahead = epoch + 1h;
    const auto retried = add(f, draft("retried", "email.welcome", 2), ahead);
    const auto put_off = add(f, draft("put off", "email.welcome", 1), ahead);
    const auto fresh = add(f, draft("fresh"), ahead);
    const auto dated = add(f, draft("dated", "email.welcome", 0, epoch + 2h), ahead);
    for (const auto& x : lease(f, ahead, 2))
      finish(f, x, job_outcome::failed("away"), ahead, ahead + (x.id == retried ? 5s : 0s));
    SUBCASE("while it runs") {
    }
    SUBCASE("over a restart") {
      f.restart();
    }
    // The hour too much is taken back.
    auto due = lease(f, epoch);
    CHECK(due.size() == 2);
    for (const auto& x : due)
      CHECK((x.id == put_off || x.id == fresh));
    CHECK(find(f, retried).run_at == epoch + 5s);
    CHECK(lease(f, epoch + 4s).empty());
    due = lease(f, epoch + 5s);
    REQUIRE(due.size() == 1);
    CHECK(due[0].id == retried);
    // A requested time is absolute.
    CHECK(find(f, dated).run_at == epoch + 2h);
    CHECK(lease(f, epoch + 2h).size() == 1 + 3);
  }

  TEST_CASE("a clock that is set back is noticed for each queue, whenever it is asked about") {
    state_fixture f;
    const auto ahead = epoch + 1h;
    const texts queues{"email", "sheets", "thumbs"};
    std::vector<uint64_t> ids;
    for (const auto& queue : queues) {
      ids.push_back(add(f, draft("a", queue + ".x"), ahead));
      finish(f, lease(f, ahead, 1, queue).at(0), job_outcome::failed("away"), ahead, ahead + 5s);
    }
    SUBCASE("while it runs") {
    }
    SUBCASE("over a restart") {
      f.restart();
    }
    // One after the other, as their workers come.
    for (size_t i = 0; i < queues.size(); ++i) {
      CAPTURE(queues[i]);
      const auto now = epoch + std::chrono::seconds{i};
      CHECK(lease(f, now, 1, queues[i]).empty());
      CHECK(find(f, ids[i]).run_at == now + 5s);
      CHECK(lease(f, now + 5s, 1, queues[i]).size() == 1);
    }
  }

  TEST_CASE("leases of a process that is gone end at once") {
    state_fixture f;
    add(f, draft("a"));
    auto lost = lease(f, epoch).at(0);
    f.restart();
    CHECK(must(f.state->jobs().release({}, epoch + 1s)) == 1);
    auto x = lease(f, epoch + 1s).at(0);
    CHECK(x.attempts == 2);
    CHECK(x.fence != lost.fence);
  }

  TEST_CASE("operators cancel, pause and resume, and the audit log tells") {
    state_fixture f;
    auto id = add(f, draft("a"));
    must(f.state->jobs().pause(pause_job_queue{"email", true, by_key}, epoch));
    CHECK(f.last_audit().action == "job_queue.paused");
    CHECK(lease(f, epoch).empty());
    f.restart();
    auto queues = must(f.state->jobs().queues({}));
    REQUIRE(queues.size() == 1);
    CHECK(queues[0].queue == "email");
    CHECK(queues[0].paused);
    CHECK(queues[0].queued == 1);
    CHECK(queues[0].oldest_due == epoch);
    must(f.state->jobs().pause(pause_job_queue{"email", false, by_key}, epoch));
    CHECK(f.last_audit().action == "job_queue.resumed");
    auto other
      = f.state->jobs().cancel(cancel_job{.id = id, .company_id = "other", .by = by_key}, epoch);
    REQUIRE(!other);
    CHECK(other.error().code == ec::not_found);
    CHECK(must(f.state->jobs().cancel(cancel_job{.id = id, .by = by_key}, epoch)).state
          == job_state::cancelled);
    CHECK(f.last_audit().action == "job.cancelled");
    CHECK(lease(f, epoch).empty());
    CHECK(f.state->jobs().cancel(cancel_job{.id = id, .by = by_key}, epoch).error().code
          == ec::conflict);
    CHECK(!f.state->jobs().get(get_job{.id = id, .company_id = "other"}));
    CHECK(!f.state->jobs().get(get_job{.id = 99}));
  }

  TEST_CASE("lists are by kind, queue, state and company, newest first") {
    state_fixture f;
    for (int i = 0; i < 10; ++i) {
      auto x = draft("k" + std::to_string(i), i % 2 == 0 ? "email.a" : "email.b");
      x.company_id = i % 3 == 0 ? "acme" : "other";
      add(f, std::move(x));
    }
    add(f, draft("doc", "document.a"));
    auto page = must(f.state->jobs().list({.page = {.limit = 3}, .kind = "email"}));
    CHECK(keys(page.items) == texts{"k9", "k8", "k7"});
    REQUIRE(page.next);
    page
      = must(f.state->jobs().list({.page = {.beyond = page.next, .limit = 30}, .kind = "email.a"}));
    CHECK(keys(page.items) == texts{"k6", "k4", "k2", "k0"});
    CHECK(!page.next);
    page = must(f.state->jobs().list({.page = {.company_id = "acme"}, .kind = "email.a"}));
    CHECK(keys(page.items) == texts{"k6", "k0"});
    finish(f, lease(f, epoch, 1).at(0), job_outcome::done(), epoch);
    CHECK(must(f.state->jobs().list({.state = job_state::done})).items.size() == 1);
    CHECK(must(f.state->jobs().list({.page = {.company_id = "other"}, .state = job_state::queued}))
            .items.size()
          == 6);
  }

  TEST_CASE("what has ended is trimmed, and its key may come again") {
    state_fixture f;
    for (int i = 0; i < 5; ++i)
      add(f, draft("k" + std::to_string(i)));
    auto running = lease(f, epoch, 4);
    for (size_t i = 0; i < 3; ++i)
      finish(f, running[i], job_outcome::done(), epoch + 1s);
    finish(f, running[3], job_outcome::hopeless("no"), epoch + 1s);
    CHECK(must(f.state->jobs().trim(trim_jobs{.before = epoch + 1s, .limit = 10})) == 0);
    CHECK(must(f.state->jobs().trim(trim_jobs{.before = epoch + 2s, .limit = 2})) == 2);
    CHECK(must(f.state->jobs().trim(trim_jobs{.before = epoch + 2s, .limit = 10})) == 1);
    CHECK(must(f.state->jobs().list({})).items.size() == 2);
    CHECK(!must(f.state->jobs().enqueue({.drafts = {draft("k0")}}, epoch)).at(0).duplicate);
  }

  TEST_CASE("whatever happens, no job is two workers' at a time, and none is lost") {
    auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    state_fixture f;
    // The model: end of its lease; empty = ended.
    struct known {
      job_state state = job_state::queued;
      timestamp due;
      uint64_t fence = 0;
      uint32_t attempts = 0;
    };
    std::map<uint64_t, known> model;
    std::vector<job> held;
    auto now = epoch;
    for (int step = 0; step < 600; ++step) {
      now += std::chrono::seconds{rng() % 20};
      switch (rng() % 5) {
      case 0: {
        auto due = now + std::chrono::seconds{rng() % 30};
        auto id = add(f, draft("k" + std::to_string(step), "email.a", 0, due), now);
        model[id] = {job_state::queued, due, 0, 0};
        break;
      }
      case 1:
      case 2: {
        size_t most = 1 + rng() % 3;
        auto due
          = static_cast<size_t>(std::count_if(model.begin(), model.end(), [&](const auto& x) {
              return (x.second.state == job_state::queued || x.second.state == job_state::running)
                     && x.second.due <= now;
            }));
        auto got = lease(f, now, most);
        CHECK(got.size() == std::min(due, most));
        for (auto& x : got) {
          auto& y = model.at(x.id);
          CHECK((y.state == job_state::queued || y.state == job_state::running));
          CHECK(y.due <= now);
          CHECK(x.attempts == y.attempts + 1);
          y = {job_state::running, now + 60s, x.fence, x.attempts};
          held.push_back(std::move(x));
        }
        break;
      }
      default:
        if (held.empty())
          break;
        auto i = held.begin() + static_cast<std::ptrdiff_t>(rng() % held.size());
        auto x = *i;
        held.erase(i);
        bool again = rng() % 2 == 0;
        finish(f, x, again ? job_outcome::failed("no") : job_outcome::done(), now,
               again ? std::optional{now + 5s} : std::nullopt);
        if (auto& y = model.at(x.id); y.state == job_state::running && y.fence == x.fence) {
          y.state = again ? job_state::queued : job_state::done;
          y.due = now + 5s;
        }
      }
    }
    for (const auto& [id, x] : model)
      CHECK(find(f, id).state == x.state);
  }
}

} // namespace carillon::test
