#include "actors/evidence/sealer.hpp"

#include "actors/evidence/leaf_handler.hpp"
#include "base/crypto/ed25519.hpp"
#include "messages/evidence/event_proof.hpp"
#include "messages/evidence/head_text.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/events.hpp"
#include "tests/support/process.hpp"

#include <limits>

namespace carillon::test {

TEST_SUITE("actors/sealer") {
  namespace {

  using namespace std::chrono_literals;

  const std::string salt_key(32, 'k');
  const std::string seed(32, 's');
  constexpr const char* origin = "carillon/abc";

  failure unused() {
    return {ec::internal, "not for this test", {}};
  }

  /// A log in memory.
  class listed_log final : public event_log {
  public:
    std::vector<event_ptr> events;

    expected<append_result> append(std::span<const draft_ptr>, timestamp) override {
      return unused();
    }
    expected<event_page> read(const read_request& x) override {
      event_page out;
      for (auto i = x.after; i < events.size() && out.events.size() < x.limit; ++i)
        out.events.push_back(events[i]);
      return out;
    }
    expected<query_page> query(const query_request&) override {
      return unused();
    }
    expected<event_ptr> find(const find_request& x) override {
      if (x.seq == 0 || x.seq > events.size())
        return failure{ec::not_found, "no such event", {}};
      return events[x.seq - 1];
    }
    expected<uint64_t> count(const count_request&, std::chrono::milliseconds) override {
      return unused();
    }
    expected<stats_result> stats(const stats_request&) override {
      return unused();
    }
    expected<counter_rows> counters(const counters_request&) override {
      return unused();
    }
    expected<position> head() override {
      return events.size();
    }
  };

  /// A tree of less than a block, in memory.
  class small_store final : public evidence_store {
  public:
    tree_frontier leaves;
    audit_mark audit;
    std::vector<signed_head> stored;
    /// Sizes of the heads that were to be told in the audit log.
    std::vector<uint64_t> recorded;
    bool broken = false;

    expected<sealed_tree> tree() override {
      if (broken)
        return failure{ec::store_unavailable, "away", {}};
      return sealed_tree{leaves, "salt", audit};
    }
    expected<tree_hash> subtree(unsigned, uint64_t) override {
      return unused();
    }
    expected<std::string> prefixes(uint64_t) override {
      return unused();
    }
    expected<signed_state> signed_by_node() override {
      return signed_state{stored.empty() ? signed_head{} : stored.back(), {}};
    }
    expected<std::vector<signed_head>> heads(uint64_t, size_t) override {
      return stored;
    }
    expected<void> store(const store_head& x) override {
      if (broken)
        return failure{ec::store_unavailable, "away", {}};
      stored.push_back(x.head);
      if (x.record)
        recorded.push_back(x.head.size);
      return {};
    }
    expected<void> list_key(const std::string&, timestamp) override {
      return unused();
    }
    expected<void> bind_salt(const std::string&) override {
      return unused();
    }
    expected<void> restart(const std::string&, timestamp) override {
      return unused();
    }
  };

  /// Keeps what it gets, and answers when the test says so.
  class asked_witness final : public witness {
  public:
    std::vector<std::string> notes;
    std::string trouble;
    bool answers = true;
    callback unanswered;

    const std::string& shown() const override {
      static const std::string text = "https://witness.test";
      return text;
    }
    const std::string& named() const override {
      return shown();
    }
    void give(const std::string& note, callback done) override {
      notes.push_back(note);
      if (answers)
        done(trouble);
      else
        unanswered = std::move(done);
    }
  };

  evidence_store_actor::behavior_type fake_writer(evidence_store_actor::pointer,
                                                  std::shared_ptr<small_store> store) {
    return {[store](const store_head& x) -> caf::result<atom::done> {
      if (auto done = store->store(x); !done)
        return to_error(done.error());
      return atom::done_v;
    }};
  }

  struct fixture : deterministic {
    std::shared_ptr<listed_log> log = std::make_shared<listed_log>();
    std::shared_ptr<small_store> store = std::make_shared<small_store>();
    leaf_handler handler{salt_key};
    std::shared_ptr<asked_witness> to = std::make_shared<asked_witness>();
    telemetry_ptr stats = std::make_shared<telemetry>();
    std::vector<std::string> told;
    signed_past past;
    std::string refusal;
    std::optional<head_file> kept;
    evidence_options options;
    evidence_store_actor writer = sys.spawn(fake_writer, store);
    sealer_actor aut;

    ~fixture() {
      if (aut != nullptr)
        stop(aut);
      stop(writer);
    }

    void start() {
      sealer_env env;
      env.log = log;
      env.store = store;
      env.writer = writer;
      env.origin = origin;
      env.seed = seed;
      env.salt_key = salt_key;
      env.clock = [this] { return now(); };
      env.tell = [this](const std::string& x) { told.push_back(x); };
      env.witnesses = {to};
      env.stats = stats;
      env.past = past;
      env.refusal = refusal;
      env.kept = kept;
      env.options = options;
      aut = sys.spawn(sealer, std::move(env));
      deliver();
    }

    /// Events of the log, with their leaves committed.
    void add(size_t count) {
      for (size_t i = 0; i < count; ++i) {
        log->events.push_back(make_event(log->events.size() + 1));
        effects made;
        handler.handle(*log->events.back(), made);
        for (const auto& x : made.all<event_leaf>())
          store->leaves.add(x.hash);
      }
    }

    checkpoint newest() {
      REQUIRE_FALSE(store->stored.empty());
      const note_key key{origin, *ed25519_public_key(seed)};
      const auto head = checkpoint_of(store->stored.back().note, key);
      REQUIRE(head.has_value());
      return *head;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a head is signed each interval, if there is more") {
    start();
    CHECK(store->stored.empty());
    add(3);
    pass(1s);
    REQUIRE(store->stored.size() == 1);
    CHECK(newest().size == 3);
    CHECK(newest().root == store->leaves.root());
    pass_in_steps(5s, 1s);
    CHECK(store->stored.size() == 1);
    add(1);
    pass(1s);
    CHECK(newest().size == 4);
  }

  TEST_CASE_FIXTURE(fixture, "the end of the audit chain is part of the head") {
    start();
    add(1);
    pass(1s);
    CHECK_FALSE(audit_mark_of(newest()).has_value());
    store->audit = {7, std::string(64, 'a')};
    pass(1s);
    CHECK(store->stored.size() == 2);
    CHECK(audit_mark_of(newest())->number == 7);
    CHECK(audit_mark_of(newest())->hash == std::string(64, 'a'));
  }

  TEST_CASE_FIXTURE(fixture, "a stop signs what is there, and signs no more") {
    start();
    add(2);
    CHECK(ask<atom::done>(aut, atom::drain_v));
    CHECK(newest().size == 2);
    add(1);
    pass_in_steps(5s, 1s);
    CHECK(newest().size == 2);
    CHECK(ask<atom::done>(aut, atom::drain_v));
    CHECK(newest().size == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a store that is away delays a head, and fails a stop") {
    start();
    add(2);
    store->broken = true;
    pass_in_steps(3s, 1s);
    CHECK(store->stored.empty());
    REQUIRE(told.size() == 1);
    CHECK(told.front().starts_with("the head of the log is not signed: "));
    const auto stopped = ask<atom::done>(aut, atom::drain_v);
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error() == ec::store_unavailable);
  }

  TEST_CASE_FIXTURE(fixture, "a store that comes back gets the head that it missed") {
    start();
    add(2);
    store->broken = true;
    pass(1s);
    store->broken = false;
    pass(1s);
    CHECK(newest().size == 2);
  }

  TEST_CASE_FIXTURE(fixture, "a witness gets each head") {
    start();
    for (int i = 0; i < 2; ++i) {
      add(1);
      pass(1s);
    }
    REQUIRE(to->notes.size() == 2);
    CHECK(to->notes[0] == store->stored[0].note);
    CHECK(to->notes[1] == store->stored[1].note);
    CHECK(told.empty());
    CHECK(stats->evidence.signed_size == 2);
    CHECK(stats->evidence.witnessed_size == 2);
    const auto state = ask<signed_state_ptr>(aut, get_checkpoint{});
    REQUIRE(state);
    REQUIRE((*state)->witnesses.size() == 1);
    CHECK((*state)->witnesses.front().to == "https://witness.test");
    CHECK((*state)->witnesses.front().size == 2);
  }

  TEST_CASE_FIXTURE(fixture, "a witness that fails keeps no head from being stored, and gets the "
                             "newest again") {
    to->trouble = "it answered 503";
    start();
    for (int i = 0; i < 3; ++i) {
      add(1);
      pass(1s);
    }
    CHECK(store->stored.size() == 3);
    REQUIRE(told.size() == 1);
    CHECK(told.front()
          == "the witness https://witness.test does not get the checkpoints: it answered 503");
    CHECK(stats->evidence.witness_failures >= 2);
    CHECK(stats->evidence.witnessed_size == 0);
    to->trouble.clear();
    pass_in_steps(10s, 1s);
    CHECK(to->notes.back() == store->stored.back().note);
    REQUIRE(told.size() == 2);
    CHECK(told.back() == "the witness https://witness.test has the checkpoints again");
    CHECK(stats->evidence.witnessed_size == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a witness gets the head of before the start") {
    store->stored.push_back({.size = 7, .time = now(), .note = "stored"});
    start();
    pass_in_steps(3s, 1s);
    CHECK(to->notes == std::vector<std::string>{"stored"});
  }

  TEST_CASE_FIXTURE(fixture, "a witness that hangs is told, and delays neither heads nor proofs") {
    to->answers = false;
    start();
    for (int i = 0; i < 20; ++i) {
      add(1);
      pass(1s);
    }
    CHECK(store->stored.size() == 20);
    CHECK(to->notes.size() == 1);
    REQUIRE(told.size() == 1);
    CHECK(told.front().find("has not answered for 16000 ms") != std::string::npos);
    CHECK(stats->evidence.witness_failures == 1);
    CHECK(ask<event_proof_ptr>(aut, prove_event{3}));
    // It is no reason to wait.
    CHECK(ask<atom::done>(aut, atom::drain_v));
  }

  TEST_CASE_FIXTURE(fixture, "a stop waits a while for a witness") {
    to->answers = false;
    start();
    add(2);
    auto drained = self->request(aut, 10s, atom::drain_v);
    deliver();
    CHECK(store->stored.size() == 1);
    bool done = false;
    SUBCASE("which takes the head") {
      to->unanswered("");
      deliver();
      CHECK(stats->evidence.witnessed_size == 2);
    }
    SUBCASE("which does not") {
      pass(options.witness_stop_wait);
    }
    sched.advance_time(10s);
    drained.receive([&](atom::done) { done = true; }, [](const caf::error&) {});
    CHECK(done);
  }

  TEST_CASE_FIXTURE(fixture, "a tree that continues what was signed before the start is signed") {
    add(3);
    past.heads = {{3, store->leaves.root(), "the file evidence.head"}};
    add(4);
    start();
    CHECK(newest().size == 7);
    CHECK(stats->evidence.refused == 0);
  }

  TEST_CASE_FIXTURE(fixture, "another tree than was signed before is not signed, which is told") {
    add(3);
    past.heads = {{3, leaf_hash("another"), "the file evidence.head", "/etc/evidence.head"}};
    add(4);
    start();
    pass_in_steps(3s, 1s);
    CHECK(store->stored.empty());
    CHECK(to->notes.empty());
    REQUIRE(told.size() == 1);
    CHECK(told.front().find("the file evidence.head tells 3 events") != std::string::npos);
    // It need not be where the command looks by itself.
    CHECK(told.front().find("`carillon audit reseal --evidence-head-file /etc/evidence.head`")
          != std::string::npos);
    CHECK(stats->evidence.refused == 1);
    // A stop has nothing to wait for.
    CHECK(ask<atom::done>(aut, atom::drain_v));
  }

  TEST_CASE_FIXTURE(fixture, "a log that was cut, or emptied, is not signed") {
    add(3);
    past.heads = {{3, store->leaves.root(), "row 7 of the audit log"}};
    log->events.resize(2);
    SUBCASE("cut") {
      store->leaves = {};
    }
    SUBCASE("emptied") {
      log->events.clear();
      store->leaves = {};
    }
    start();
    CHECK(store->stored.empty());
    CHECK(stats->evidence.refused == 1);
  }

  TEST_CASE_FIXTURE(fixture, "leaves that are to come again are waited for") {
    add(3);
    past.heads = {{3, store->leaves.root(), "the file evidence.head"}};
    const auto all = store->leaves;
    store->leaves = {};
    start();
    pass(1s);
    CHECK(store->stored.empty());
    CHECK(told.empty());
    CHECK(stats->evidence.refused == 0);
    store->leaves = all;
    pass(1s);
    CHECK(newest().size == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a past that cannot be read lets nothing be signed") {
    refusal = "the file is damaged";
    add(3);
    start();
    CHECK(store->stored.empty());
    CHECK(stats->evidence.refused == 1);
    REQUIRE(told.size() == 1);
    CHECK(told.front().find("the file is damaged") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "a tree that is exchanged while the node runs is not signed") {
    start();
    add(5);
    pass(1s);
    REQUIRE(newest().size == 5);
    const auto right = store->leaves;
    tree_frontier other;
    SUBCASE("for one of the same size") {
      for (int i = 0; i < 5; ++i)
        other.add(leaf_hash("x"));
    }
    SUBCASE("for a longer one") {
      for (int i = 0; i < 8; ++i)
        other.add(leaf_hash("x"));
      add(3);
    }
    SUBCASE("for a shorter one") {
      other.add(leaf_hash("x"));
    }
    SUBCASE("for none") {
    }
    store->leaves = other;
    pass_in_steps(2s, 1s);
    CHECK(store->stored.size() == 1);
    CHECK(stats->evidence.refused == 1);
    CHECK(told.size() == 1);
    store->leaves = right;
    pass(1s);
    CHECK(stats->evidence.refused == 0);
  }

  TEST_CASE_FIXTURE(fixture, "the first head, and one each day, is told in the audit log") {
    start();
    for (int hour = 0; hour < 50; ++hour) {
      add(1);
      pass(1h);
    }
    CHECK(store->recorded == std::vector<uint64_t>{1, 25, 49});
  }

  TEST_CASE_FIXTURE(fixture, "a head that the audit log told before is not the first one") {
    past.recorded = now() - 1h;
    start();
    add(1);
    pass(1s);
    CHECK(store->stored.size() == 1);
    CHECK(store->recorded.empty());
  }

  TEST_CASE_FIXTURE(fixture, "the newest head is kept, at once, then every five seconds, and at "
                             "the stop") {
    const temporary_directory dir;
    kept.emplace(dir.path() + "/evidence.head");
    const auto kept_size = [&] {
      const auto found = kept->read();
      REQUIRE(found.has_value());
      return *found ? (*found)->size : 0;
    };
    start();
    CHECK(kept_size() == 0);
    for (int i = 0; i < 3; ++i) {
      add(1);
      pass(1s);
      CHECK(kept_size() == 1);
    }
    pass_in_steps(5s, 1s);
    CHECK(kept_size() == 3);
    add(1);
    CHECK(ask<atom::done>(aut, atom::drain_v));
    CHECK(kept_size() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "a head that cannot be kept is told once") {
    kept.emplace("/nonexistent/evidence.head");
    start();
    for (int i = 0; i < 20; ++i) {
      add(1);
      pass(1s);
    }
    CHECK(store->stored.size() == 20);
    REQUIRE(told.size() == 1);
    CHECK(told.front().starts_with("the newest checkpoint is not kept: "));
    CHECK(stats->evidence.failures >= 2);
  }

  TEST_CASE_FIXTURE(fixture, "events that are signed are proven") {
    start();
    add(37);
    pass(1s);
    const note_key key{origin, *ed25519_public_key(seed)};
    for (const position seq : {1, 20, 37}) {
      const auto proof = ask<event_proof_ptr>(aut, prove_event{seq});
      REQUIRE(proof);
      const auto head = check_proof(**proof, key);
      REQUIRE(head.has_value());
      CHECK(head->size == 37);
      CHECK((*proof)->event->seq == seq);
    }
    for (const position seq : {0, 38, 39})
      CHECK(ask<event_proof_ptr>(aut, prove_event{seq}).error() == ec::not_found);
  }

  TEST_CASE_FIXTURE(fixture, "a changed event is not proven") {
    start();
    add(5);
    pass(1s);
    auto changed = std::make_shared<event>(*log->events[2]);
    changed->metadata = "{ }";
    log->events[2] = changed;
    CHECK(ask<event_proof_ptr>(aut, prove_event{3}).error() == ec::store_corrupt);
  }

  TEST_CASE_FIXTURE(fixture, "sizes are proven to continue each other, up to the newest head") {
    start();
    add(20);
    pass(1s);
    const auto proof = ask<consistency_proof_ptr>(aut, prove_consistency{7, 0});
    REQUIRE(proof);
    const auto& x = **proof;
    CHECK(x.to == 20);
    CHECK(x.to_root == newest().root);
    CHECK(verify_consistency(7, 20, x.from_root, x.to_root, x.path));
    CHECK(ask<consistency_proof_ptr>(aut, prove_consistency{7, 21}).error()
          == ec::invalid_argument);
    CHECK(ask<consistency_proof_ptr>(aut, prove_consistency{8, 7}).error() == ec::invalid_argument);
    constexpr auto most = std::numeric_limits<uint64_t>::max();
    for (const auto& request :
         {prove_consistency{most, 0}, prove_consistency{0, most}, prove_consistency{most, most}})
      CHECK(ask<consistency_proof_ptr>(aut, request).error() == ec::invalid_argument);
    CHECK(ask<event_proof_ptr>(aut, prove_event{most}).error() == ec::not_found);
    const auto empty = ask<consistency_proof_ptr>(aut, prove_consistency{0, 0});
    REQUIRE(empty);
    CHECK((*empty)->path.empty());
    CHECK((*empty)->from_root == empty_tree_hash());
  }

  TEST_CASE_FIXTURE(fixture, "before the first head there is none to be had") {
    start();
    const auto head = ask<signed_state_ptr>(aut, get_checkpoint{});
    REQUIRE(head);
    CHECK((*head)->head.note.empty());
    CHECK(ask<event_proof_ptr>(aut, prove_event{1}).error() == ec::not_found);
  }
}

} // namespace carillon::test
