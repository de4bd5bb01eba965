#include "base/crypto/ed25519.hpp"
#include "messages/evidence/event_leaf.hpp"
#include "messages/evidence/event_proof.hpp"
#include "messages/evidence/head_text.hpp"
#include "persistence/evidence/event_tree.hpp"
#include "persistence/evidence/evidence_check.hpp"
#include "persistence/evidence/tree_guard.hpp"
#include "tests/persistence/state/state_fixture.hpp"

// The tree over the log: what is found when somebody else writes to the store, and the proofs.

namespace carillon::test {

TEST_SUITE("evidence") {
  namespace {

  const std::string salt_key(32, 'k');
  const std::string seed(32, 's');
  constexpr const char* origin = "carillon/abc";

  note_key public_key() {
    return {origin, *ed25519_public_key(seed)};
  }

  /// A store with events, as a sealer leaves them.
  struct sealed_world {
    std::unique_ptr<test_store> store = make_test_store();
    uint64_t generation = 0;

    explicit sealed_world(size_t events) {
      const auto open = store->open();
      const auto log = must(open->open_log_writer());
      must(log->append(make_drafts("e", events), epoch));
      const auto state = must(open->open_state(true));
      must(state->evidence().bind_salt(salt_fingerprint(salt_key)));
      must(state->evidence().list_key(public_key().text(), epoch));
      must(state->audit().append({make_entry("key.created")}));
      generation = must(state->consumers().open({.name = evidence_store::consumer}, epoch))
                     .record.generation;
    }

    /// Commits the leaves of the events from the cursor to `to`, `step` at a time.
    void add_leaves(state_store& state, event_log& log, position to, size_t step = 1'000) const {
      leaf_hasher hasher{salt_key};
      for (auto at = must(state.evidence().tree()).tree.size(); at < to;) {
        read_request request;
        request.after = at;
        request.limit = std::min<size_t>(step, to - at);
        consumer_commit commit{.consumer = evidence_store::consumer, .now = epoch};
        commit.generation = generation;
        for (const auto& x : must(log.read(request)).events) {
          commit.effects.add(event_leaf{x->seq, hasher(*x)});
          commit.cursor = at = x->seq;
        }
        const std::vector<consumer_commit_ptr> all{
          std::make_shared<consumer_commit>(std::move(commit))};
        must(state.consumers().commit(all));
      }
    }

    signed_head sign(state_store& state, timestamp now = epoch) const {
      const auto tree = must(state.evidence().tree());
      const auto head = make_checkpoint(origin, tree.tree, tree.audit_end, now);
      return {head.size, now, must(sign_note(head.text(), origin, seed))};
    }

    void seal(position to, timestamp now = epoch) const {
      const auto open = store->open();
      const auto state = must(open->open_state(true));
      const auto log = must(open->open_log_reader());
      add_leaves(*state, *log, to);
      must(state->evidence().store({sign(*state, now)}));
    }

    evidence_verdict check(evidence_check_request x = {}) const {
      storage_options reading;
      reading.read_only = true;
      const auto open = must(store->try_open(reading));
      const auto state = must(open->open_state(false));
      const auto log = must(open->open_log_reader());
      x.origin = origin;
      x.salt_key = salt_key;
      return must(check_evidence(*log, *state, x));
    }
  };

  } // namespace

  TEST_CASE("an untouched log is valid, whatever its size and the steps that sealed it") {
    for (const size_t events : {1, 255, 256, 257, 4'095, 4'096, 4'097, 9'000}) {
      CAPTURE(events);
      const sealed_world w{events};
      {
        const auto open = w.store->open();
        const auto state = must(open->open_state(true));
        const auto log = must(open->open_log_reader());
        w.add_leaves(*state, *log, events, events > 1'000 ? 777 : 100);
        must(state->evidence().store({w.sign(*state)}));
        tree_frontier naive;
        leaf_hasher hasher{salt_key};
        for (position at = 0; at < events;)
          for (const auto& x : must(log->read({.after = at, .filter = {}})).events) {
            naive.add(hasher(*x));
            at = x->seq;
          }
        CHECK(must(state->evidence().tree()).tree.root() == naive.root());
      }
      const auto found = w.check();
      CHECK_MESSAGE(found.valid, found.reason);
      CHECK(found.checked == events);
      CHECK(found.sealed == events);
      CHECK(found.heads == 2);
    }
  }

  TEST_CASE("anything that is changed of an event is named") {
    // A swap needs a free position, and times of PostgreSQL and SQLite are integers.
    for (const char* sql : {"UPDATE event_log SET data = '{\"orderId\":\"o-2\"}' WHERE seq = 300",
                            "UPDATE event_log SET metadata = '{}' WHERE seq = 300",
                            "UPDATE event_log SET time = time + 1 WHERE seq = 300",
                            "UPDATE event_log SET recorded_at = recorded_at - 1 WHERE seq = 300",
                            "UPDATE event_log SET type = 'order.paid' WHERE seq = 300",
                            "UPDATE event_log SET company_id = 'beta' WHERE seq = 300",
                            "UPDATE event_log SET user_id = '' WHERE seq = 300",
                            "UPDATE event_log SET id = 'other' WHERE seq = 300",
                            "UPDATE event_log SET source = '/other' WHERE seq = 300",
                            "UPDATE event_log SET correlation_id = 'c' WHERE seq = 300",
                            "UPDATE event_log SET causation_id = 'c' WHERE seq = 300",
                            "UPDATE event_log SET traceparent = '' WHERE seq = 300",
                            "UPDATE event_log SET audience = 3 WHERE seq = 300",
                            "UPDATE event_log SET hops = 1 WHERE seq = 300",
                            // Removed, with a gap.
                            "DELETE FROM event_log WHERE seq = 300",
                            // Removed, the others moved up.
                            "DELETE FROM event_log WHERE seq = 300; "
                            "UPDATE event_log SET seq = seq + 99999 WHERE seq > 300; "
                            "UPDATE event_log SET seq = seq - 100000 WHERE seq > 300",
                            // Moved apart: an event was put in.
                            "UPDATE event_log SET seq = seq + 100000 WHERE seq >= 300; "
                            "UPDATE event_log SET seq = seq - 99999 WHERE seq >= 300; "
                            "UPDATE event_log SET seq = 300 WHERE seq = 600",
                            // Two exchanged.
                            "UPDATE event_log SET seq = 100000 WHERE seq = 300; "
                            "UPDATE event_log SET seq = 300 WHERE seq = 310; "
                            "UPDATE event_log SET seq = 310 WHERE seq = 100000"}) {
      const std::string attack = sql;
      CAPTURE(attack);
      const sealed_world w{600};
      w.seal(600);
      w.store->tamper_with_log(sql);
      const auto found = w.check();
      CHECK_FALSE(found.valid);
      CHECK_MESSAGE(found.first_bad_event.value_or(0) == 300, found.reason);
      CHECK_FALSE(found.reason.empty());
    }
  }

  TEST_CASE("a change in a complete block is named, and where its leaves were changed too") {
    sealed_world w{5'000};
    w.seal(5'000);
    w.store->tamper_with_log("UPDATE event_log SET data = '{}' WHERE seq = 70");
    CHECK(w.check().first_bad_event == 70);
    w.store->tamper_with_state("DELETE FROM evidence_leaves WHERE chunk >= 0");
    const auto found = w.check();
    CHECK_FALSE(found.valid);
    CHECK(found.first_bad_event.value_or(0) <= 70);
  }

  TEST_CASE("a cut end is found, by the stored tree or by a checkpoint that was kept") {
    const sealed_world w{600};
    w.seal(600);
    signed_head kept;
    {
      const auto open = w.store->open();
      kept = must(must(open->open_state(false))->evidence().signed_by_node()).head;
    }
    w.store->tamper_with_log("DELETE FROM event_log WHERE seq > 590");
    CHECK(w.check().first_bad_event == 591);
    // The intruder makes the tree shorter, too, and takes the heads away.
    w.store->tamper_with_state("DELETE FROM evidence_heads WHERE size > 0; "
                               "DELETE FROM evidence_leaves WHERE chunk >= 0; "
                               "UPDATE evidence_tree SET size = 0, frontier = '' WHERE one = 1");
    CHECK(w.check().valid);
    const auto found = w.check({.noted = {kept.note}});
    CHECK_FALSE(found.valid);
    CHECK(found.first_bad_event == 591);
  }

  TEST_CASE("a log that was written anew is not what the kept checkpoint says") {
    const sealed_world w{20};
    w.seal(20);
    std::string kept;
    {
      const auto open = w.store->open();
      kept = must(must(open->open_state(false))->evidence().signed_by_node()).head.note;
    }
    w.store->tamper_with_log("UPDATE event_log SET data = '{}' WHERE seq = 7");
    w.store->tamper_with_state("DELETE FROM evidence_heads WHERE size > 0; "
                               "DELETE FROM evidence_leaves WHERE chunk >= 0; "
                               "UPDATE evidence_tree SET size = 0, frontier = '' WHERE one = 1");
    w.seal(20);
    CHECK(w.check().valid);
    CHECK_FALSE(w.check({.noted = {kept}}).valid);
  }

  TEST_CASE("a head that the node has not signed, and a changed audit row, are found") {
    const sealed_world w{20};
    w.seal(20);
    SUBCASE("signed with another key") {
      const auto open = w.store->open();
      const auto state = must(open->open_state(true));
      auto head = must(state->evidence().signed_by_node()).head;
      head.note = must(sign_note(must(parse_note(head.note)).text, origin, std::string(32, 'x')));
      must(state->evidence().store({head}));
    }
    SUBCASE("not signed with the key that the operator knows") {
      const note_key other{origin, *ed25519_public_key(std::string(32, 'x'))};
      CHECK(w.check({.key = public_key()}).valid);
      CHECK_FALSE(w.check({.key = other}).valid);
      return;
    }
    SUBCASE("the audit row that the head tells") {
      w.store->tamper_with_state("UPDATE audit_log SET actor = 'x' WHERE number = 1");
      CHECK(w.check().first_bad_row == 1);
    }
    SUBCASE("the audit chain was cut") {
      w.store->tamper_with_state("DELETE FROM audit_log WHERE number = 1");
      CHECK(w.check().first_bad_row == 1);
    }
    const auto found = w.check();
    CHECK_FALSE(found.valid);
    CHECK_FALSE(found.reason.empty());
  }

  TEST_CASE("whoever has the key is told that tree and heads are gone") {
    const sealed_world w{20};
    w.seal(20);
    w.store->tamper_with_state("DELETE FROM evidence_heads WHERE size > 0; "
                               "UPDATE evidence_tree SET size = 0, frontier = '', salt = '' "
                               "WHERE one = 1");
    CHECK_FALSE(w.check({.key = public_key()}).valid);
  }

  TEST_CASE("another salt key is refused, and a checkpoint of another log") {
    const sealed_world w{20};
    w.seal(20);
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const auto log = must(open->open_log_reader());
    CHECK(
      code_of(check_evidence(*log, *state, {.origin = origin, .salt_key = std::string(32, 'x')}))
      == ec::conflict);
    const auto head = must(state->evidence().signed_by_node()).head;
    CHECK(code_of(check_evidence(
            *log, *state, {.origin = "carillon/other", .salt_key = salt_key, .noted = {head.note}}))
          == ec::invalid_argument);
    CHECK(code_of(state->evidence().bind_salt("other")) == ec::conflict);
    CHECK(state->evidence().bind_salt(salt_fingerprint(salt_key)));
  }

  TEST_CASE("a kept checkpoint of a former history counts up to where that was left") {
    const sealed_world w{20};
    w.seal(20);
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const auto log = must(open->open_log_reader());
    const auto note = must(state->evidence().signed_by_node()).head.note;
    const auto check = [&](position left_at, const std::string& kept) {
      return must(check_evidence(*log, *state,
                                 {.origin = "carillon/restored",
                                  .salt_key = salt_key,
                                  .noted = {kept},
                                  .former = {{"abc", left_at}}}));
    };
    // The stored tree, its checkpoint, and the one that was kept.
    CHECK(check(20, note).valid);
    CHECK(check(20, note).heads == 3);
    // All else is compared, too.
    const auto found = check(19, note);
    CHECK_FALSE(found.valid);
    CHECK(found.checked == 20);
    CHECK(found.reason.find("left at 19") != std::string::npos);
    tree_frontier other;
    for (int i = 0; i < 20; ++i)
      other.add(leaf_hash("x"));
    const auto text = make_checkpoint(origin, other, {}, epoch).text();
    CHECK_FALSE(check(20, must(sign_note(text, origin, seed))).valid);
  }

  TEST_CASE("leaves that are there are left out, and a gap is refused") {
    const sealed_world w{20};
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const auto log = must(open->open_log_reader());
    w.add_leaves(*state, *log, 10);
    const auto root = must(state->evidence().tree()).tree.root();
    const auto commit = [&](position first, position cursor) {
      consumer_commit x{.consumer = evidence_store::consumer, .cursor = cursor, .now = epoch};
      x.generation = w.generation;
      for (auto seq = first; seq <= cursor; ++seq)
        x.effects.add(event_leaf{seq, {}});
      const std::vector<consumer_commit_ptr> all{std::make_shared<consumer_commit>(std::move(x))};
      return state->consumers().commit(all);
    };
    CHECK(commit(5, 10));
    CHECK(must(state->evidence().tree()).tree.root() == root);
    CHECK_FALSE(commit(12, 12));
    CHECK(must(state->evidence().tree()).tree.size() == 10);
    CHECK(commit(11, 12));
    CHECK(must(state->evidence().tree()).tree.size() == 12);
  }

  TEST_CASE("heads of one hour replace each other, and those of earlier ones stay") {
    const sealed_world w{20};
    w.seal(5);
    w.seal(10);
    w.seal(15, epoch + std::chrono::hours{1});
    w.seal(20, epoch + std::chrono::hours{1});
    const auto open = w.store->open();
    const auto state = must(open->open_state(false));
    std::vector<uint64_t> sizes;
    for (const auto& x : must(state->evidence().heads(0, 10)))
      sizes.push_back(x.size);
    CHECK(sizes == std::vector<uint64_t>{10, 20});
    CHECK(must(state->evidence().heads(10, 10)).size() == 1);
    CHECK(must(state->evidence().signed_by_node()).head.size == 20);
  }

  TEST_CASE("a new key is listed behind the old one, and audited") {
    const sealed_world w{1};
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const auto rows = [&] { return must(state->audit().list({{.limit = 100}})).items; };
    CHECK(rows().size() == 1);
    must(state->evidence().list_key(public_key().text(), epoch));
    CHECK(rows().size() == 1);
    must(state->evidence().list_key("another", epoch));
    const auto keys = must(state->evidence().signed_by_node()).keys;
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].text == public_key().text());
    CHECK(keys[1].text == "another");
    CHECK(rows().front().entry.action == "evidence.key_changed");
  }

  TEST_CASE("a restart forgets the tree, tells so, and makes it again") {
    sealed_world w{5'000};
    w.seal(5'000);
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const auto log = must(open->open_log_reader());
    const auto root = must(state->evidence().tree()).tree.root();
    must(state->evidence().restart(salt_fingerprint(salt_key), epoch));
    CHECK(must(state->evidence().tree()).tree.size() == 0);
    CHECK(must(state->evidence().heads(0, 10)).empty());
    CHECK(must(state->audit().list({{.limit = 1}})).items.front().entry.action
          == "evidence.restarted");
    const auto again = must(state->consumers().open({.name = evidence_store::consumer}, epoch));
    CHECK(again.record.cursor == 0);
    w.generation = again.record.generation;
    w.add_leaves(*state, *log, 5'000);
    CHECK(must(state->evidence().tree()).tree.root() == root);
    must(state->evidence().store({w.sign(*state)}));
    CHECK(w.check().valid);
  }

  TEST_CASE("events are proven to whoever has the key, and nothing else is") {
    const sealed_world w{9'000};
    w.seal(8'500);
    const auto open = w.store->open();
    const auto state = must(open->open_state(false));
    const auto log = must(open->open_log_reader());
    event_tree tree{*log, state->evidence(), salt_key};
    const auto head = must(state->evidence().signed_by_node()).head;
    for (const position seq : {1, 2, 4'096, 4'097, 8'192, 8'193, 8'500}) {
      CAPTURE(seq);
      const auto proof = must(event_proof_from(json_of(must(tree.prove(seq, head)))));
      CHECK(must(check_proof(proof, public_key())).size == 8'500);
      CHECK(proof.event->seq == seq);
      auto changed = proof;
      auto other = std::make_shared<event>(*proof.event);
      other->data += ' ';
      changed.event = other;
      CHECK(code_of(check_proof(changed, public_key())) == ec::invalid_argument);
      changed = proof;
      changed.salts.metadata[0] ^= 1;
      CHECK(code_of(check_proof(changed, public_key())) == ec::invalid_argument);
      changed = proof;
      changed.checkpoint = "carillon/abc" + changed.checkpoint;
      CHECK(code_of(check_proof(changed, public_key())) == ec::invalid_argument);
    }
    CHECK(code_of(tree.prove(8'501, head)) == ec::not_found);
    CHECK(code_of(tree.prove(0, head)) == ec::not_found);
  }

  TEST_CASE("a changed event has no proof") {
    const sealed_world w{50};
    w.seal(50);
    w.store->tamper_with_log("UPDATE event_log SET data = '{}' WHERE seq = 7");
    const auto open = w.store->open();
    const auto state = must(open->open_state(false));
    const auto log = must(open->open_log_reader());
    event_tree tree{*log, state->evidence(), salt_key};
    const auto head = must(state->evidence().signed_by_node()).head;
    CHECK(code_of(tree.prove(7, head)) == ec::store_corrupt);
  }

  TEST_CASE("each size is proven to be the beginning of later ones") {
    const sealed_world w{9'000};
    w.seal(9'000);
    const auto open = w.store->open();
    const auto state = must(open->open_state(false));
    const auto log = must(open->open_log_reader());
    event_tree tree{*log, state->evidence(), salt_key};
    for (const auto& [from, to] : std::vector<std::pair<uint64_t, uint64_t>>{
           {0, 9'000}, {1, 2}, {4'096, 8'192}, {4'095, 9'000}, {5'000, 5'000}, {7'777, 8'999}}) {
      CAPTURE(from);
      CAPTURE(to);
      const auto x = must(tree.prove_consistency(from, to, 9'000));
      CHECK(verify_consistency(from, to, x.from_root, x.to_root, x.path));
    }
    CHECK(code_of(tree.prove_consistency(1, 9'001, 9'000)) == ec::invalid_argument);
    CHECK(code_of(tree.prove_consistency(3, 2, 9'000)) == ec::invalid_argument);
  }

  namespace {

  /// A head of the size that the events of a store have now.
  past_head head_of(const sealed_world& w) {
    const auto open = w.store->open();
    const auto tree = must(must(open->open_state(false))->evidence().tree()).tree;
    return {tree.size(), tree.root(), "somebody"};
  }

  /// Reads only: a log that was cut is not opened otherwise.
  expected<bool> admit(const sealed_world& w, const past_head& past) {
    storage_options reading;
    reading.read_only = true;
    const auto open = must(w.store->try_open(reading));
    const auto state = must(open->open_state(false));
    const auto log = must(open->open_log_reader());
    event_tree tree{*log, state->evidence(), salt_key};
    return tree_guard{tree, *log, {past}}.admit(must(state->evidence().tree()).tree);
  }

  } // namespace

  TEST_CASE("a tree that continues what was signed may be signed") {
    const sealed_world w{9'000};
    for (const position size : {1, 4'095, 4'096, 5'000, 8'192, 9'000}) {
      CAPTURE(size);
      w.seal(size);
      const auto head = head_of(w);
      CHECK(must(admit(w, head)));
      w.seal(std::min<position>(size + 100, 9'000));
      CHECK(must(admit(w, head)));
    }
  }

  TEST_CASE("a tree over other events, or with other roots, may not be signed") {
    const sealed_world w{9'000};
    w.seal(5'000);
    const auto head = head_of(w);
    SUBCASE("the root of another size") {
      auto other = head;
      --other.size;
      CHECK(code_of(admit(w, other)) == ec::conflict);
      return;
    }
    SUBCASE("the frontier of another tree") {
      w.store->tamper_with_state("UPDATE evidence_tree SET frontier = (SELECT hash FROM "
                                 "evidence_nodes WHERE level = 12 AND number = 0), size = 8192 "
                                 "WHERE one = 1");
    }
    SUBCASE("exchanged roots of subtrees") {
      w.seal(9'000);
      CHECK(must(admit(w, head)));
      w.store->tamper_with_state("UPDATE evidence_nodes SET hash = (SELECT hash FROM "
                                 "evidence_nodes WHERE level = 12 AND number = 1) "
                                 "WHERE level = 12 AND number = 0");
    }
    SUBCASE("made anew over a changed log") {
      w.store->tamper_with_log("UPDATE event_log SET data = '{}' WHERE seq = 7");
      w.store->tamper_with_state("DELETE FROM evidence_heads WHERE size > 0; "
                                 "UPDATE consumers SET cursor = 0 WHERE name = 'sealer'; "
                                 "UPDATE evidence_tree SET size = 0, frontier = '' WHERE one = 1");
      w.seal(6'000);
    }
    const auto admitted = admit(w, head);
    REQUIRE_FALSE(admitted);
    CHECK(admitted.error().code == ec::conflict);
    CHECK(admitted.error().detail.find("somebody tells 5000 events") != std::string::npos);
  }

  TEST_CASE("a tree that is behind what was signed waits, but not for a log that was cut") {
    const sealed_world w{600};
    w.seal(600);
    const auto head = head_of(w);
    w.store->tamper_with_state("UPDATE evidence_tree SET size = 0, frontier = '' WHERE one = 1");
    CHECK_FALSE(must(admit(w, head)));
    w.store->tamper_with_log("DELETE FROM event_log WHERE seq > 590");
    CHECK(code_of(admit(w, head)) == ec::conflict);
  }

  TEST_CASE("a tree may not shrink while the node runs") {
    const sealed_world w{600};
    w.seal(600);
    const auto open = w.store->open();
    const auto state = must(open->open_state(false));
    const auto log = must(open->open_log_reader());
    const auto now = must(state->evidence().tree()).tree;
    event_tree tree{*log, state->evidence(), salt_key};
    tree_guard guard{tree, *log, {}};
    CHECK(must(guard.admit(now)));
    guard.remember(now.size(), now.root());
    CHECK(must(guard.admit(now)));
    CHECK(code_of(guard.admit({})) == ec::conflict);
  }

  TEST_CASE("the audit log tells the head that it is to record, up to a new tree") {
    const sealed_world w{20};
    w.seal(10);
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const auto log = must(open->open_log_reader());
    CHECK_FALSE(must(recorded_head_of(state->audit())));
    w.add_leaves(*state, *log, 20);
    must(state->evidence().store({w.sign(*state), true}));
    const auto row = must(state->audit().list({{.limit = 1}})).items.front().entry;
    CHECK(row.action == "evidence.signed");
    CHECK(row.actor == "engine");
    CHECK(row.detail.find(R"("origin":"carillon/abc")") != std::string::npos);
    CHECK(row.detail.find(public_key().text()) != std::string::npos);
    const auto recorded = must(recorded_head_of(state->audit()));
    REQUIRE(recorded.has_value());
    CHECK(recorded->head.size == 20);
    CHECK(recorded->head.root == must(state->evidence().tree()).tree.root());
    CHECK(recorded->time == epoch);
    CHECK(code_of(state->evidence().store({{.size = 20, .time = epoch, .note = "x"}, true}))
          == ec::invalid_argument);
    must(state->evidence().restart(salt_fingerprint(salt_key), epoch));
    CHECK_FALSE(must(recorded_head_of(state->audit())));
  }

  TEST_CASE("what was signed is known from the file, the audit log and the store") {
    const sealed_world w{20};
    w.seal(10);
    const auto open = w.store->open();
    const auto state = must(open->open_state(true));
    const head_file none{"/nonexistent/evidence.head"};
    CHECK(must(read_signed_past(*state, none, {})).heads.empty());
    auto past = must(read_signed_past(*state, none, public_key()));
    REQUIRE(past.heads.size() == 1);
    CHECK(past.heads.front().size == 10);
    CHECK_FALSE(past.recorded);
    const note_key other{origin, *ed25519_public_key(std::string(32, 'x'))};
    CHECK(must(read_signed_past(*state, none, other)).heads.empty());
    must(state->evidence().store({w.sign(*state), true}));
    past = must(read_signed_past(*state, none, public_key()));
    CHECK(past.heads.size() == 2);
    CHECK(past.recorded == epoch);
  }

  TEST_CASE("an older checkpoint in place of the newest hides no cut end from who knows more") {
    const sealed_world w{600};
    w.seal(300);
    signed_head old;
    {
      const auto open = w.store->open();
      old = must(must(open->open_state(false))->evidence().signed_by_node()).head;
    }
    const auto at_300 = head_of(w);
    w.seal(600);
    const auto newest = head_of(w);
    w.store->tamper_with_log("DELETE FROM event_log WHERE seq > 300");
    w.store->tamper_with_state("DELETE FROM evidence_heads WHERE size > 0; "
                               "DELETE FROM evidence_leaves WHERE chunk >= 0; "
                               "UPDATE consumers SET cursor = 0 WHERE name = 'sealer'; "
                               "UPDATE evidence_tree SET size = 0, frontier = '' WHERE one = 1");
    w.seal(300);
    {
      const auto open = w.store->open();
      must(must(open->open_state(true))->evidence().store({old}));
    }
    CHECK(w.check().valid);
    CHECK(w.check({.past = {at_300}}).valid);
    const auto found = w.check({.past = {newest}});
    CHECK(found.first_bad_event == 301);
    CHECK(found.reason.find("somebody has 600 events") != std::string::npos);
  }

  TEST_CASE("a tree that was made anew is not what the audit log, or the file, tells") {
    const sealed_world w{20};
    w.seal(20);
    const auto head = head_of(w);
    w.store->tamper_with_log("UPDATE event_log SET data = '{}' WHERE seq = 7");
    w.store->tamper_with_state("DELETE FROM evidence_heads WHERE size > 0; "
                               "DELETE FROM evidence_leaves WHERE chunk >= 0; "
                               "UPDATE evidence_tree SET size = 0, frontier = '' WHERE one = 1");
    w.seal(20);
    CHECK(w.check().valid);
    const auto found = w.check({.past = {head}});
    CHECK_FALSE(found.valid);
    CHECK(found.reason.find("somebody") != std::string::npos);
    CHECK_FALSE(w.check({.past_fault = "it is damaged"}).valid);
  }
}

} // namespace carillon::test
