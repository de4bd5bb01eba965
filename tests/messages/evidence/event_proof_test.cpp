#include "messages/evidence/event_proof.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/text/hex.hpp"
#include "messages/evidence/head_text.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("messages/event_proof") {
  namespace {

  const std::string salt_key(32, 'k');
  const std::string seed(32, 's');

  std::shared_ptr<event> some_event() {
    auto x = std::make_shared<event>();
    x->seq = 7;
    x->time = from_micros(1'800'000'000'000'007);
    x->recorded_at = from_micros(1'800'000'000'000'008);
    x->audience = audience::company;
    x->hops = 3;
    x->id = "e-7";
    x->source = "/shop";
    x->type = "order.created";
    x->company_id = "acme";
    x->user_id = "u-1";
    x->causation_id = "c";
    x->data = "{\"n\":\"\xc3\xbc\"}";
    return x;
  }

  note_key public_key() {
    return {"carillon/abc", *ed25519_public_key(seed)};
  }

  /// Of event 7 among seven, whose siblings are made up.
  event_proof some_proof() {
    leaf_hasher hasher{salt_key};
    event_proof out;
    out.event = some_event();
    out.salts = hasher.salts_of(7);
    out.path = {leaf_hash("5 and 6"), leaf_hash("1 to 4")};
    const auto root = root_of_path(6, 7, hasher(*out.event), out.path);
    const checkpoint head{"carillon/abc", 7, *root, {}};
    out.checkpoint = *sign_note(head.text(), "carillon/abc", seed);
    return out;
  }

  std::string with(std::string text, const std::string& old, const std::string& replacement) {
    const auto at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), replacement);
  }

  } // namespace

  TEST_CASE("a leaf is what another implementation makes of the specification") {
    // Computed by tests/peers/check_proof.py.
    leaf_hasher hasher{salt_key};
    const auto salts = hasher.salts_of(7);
    CHECK(to_hex(salts.data) + to_hex(salts.metadata)
          == "6be55a95f716946e249d347f614d3efc881c70dd9316b4a0930151724affdab1");
    CHECK(to_hex(hasher(*some_event()))
          == "8ebc308accf336e8acff82c2bcb8a9b640b1ccdb5a4d4674d50c2b08e8354ac9");
  }

  TEST_CASE("each field is part of the leaf, and no two fields are one") {
    leaf_hasher hasher{salt_key};
    std::set<tree_hash> seen{hasher(*some_event())};
    const auto is_new = [&](auto change) {
      auto x = some_event();
      change(*x);
      return seen.insert(hasher(*x)).second;
    };
    CHECK(is_new([](event& x) { x.seq = 8; }));
    CHECK(is_new([](event& x) { x.time += std::chrono::microseconds{1}; }));
    CHECK(is_new([](event& x) { x.recorded_at += std::chrono::microseconds{1}; }));
    CHECK(is_new([](event& x) { x.audience = audience::all; }));
    CHECK(is_new([](event& x) { x.hops = 4; }));
    for (auto field : {&event::id, &event::source, &event::type, &event::company_id,
                       &event::user_id, &event::correlation_id, &event::causation_id,
                       &event::traceparent, &event::data, &event::metadata})
      CHECK(is_new([&](event& x) { x.*field += 'x'; }));
    // What moves from one field to the next.
    CHECK(is_new([](event& x) {
      x.id = "e-";
      x.source = "7/shop";
    }));
    CHECK(is_new([](event& x) { std::swap(x.data, x.metadata); }));
  }

  TEST_CASE("a proof is written, read and checked") {
    const auto proof = event_proof_from(json_of(some_proof()));
    REQUIRE(proof.has_value());
    CHECK(proof->salts == some_proof().salts);
    CHECK(proof->path == some_proof().path);
    const auto head = check_proof(*proof, public_key());
    REQUIRE(head.has_value());
    CHECK(head->size == 7);
  }

  TEST_CASE("what proves nothing is refused") {
    const auto refused = [](event_proof x) { return !check_proof(x, public_key()).has_value(); };
    auto x = some_proof();
    CHECK_FALSE(refused(x));
    auto changed = some_event();
    changed->data = "{}";
    x.event = changed;
    CHECK(refused(x));
    x = some_proof();
    std::swap(x.salts.data, x.salts.metadata);
    CHECK(refused(x));
    x = some_proof();
    x.path.pop_back();
    CHECK(refused(x));
    x = some_proof();
    x.checkpoint = with(x.checkpoint, "\n7\n", "\n8\n");
    CHECK(refused(x));
    // Signed by the key, but as the head of another log.
    x = some_proof();
    const auto head = *checkpoint::parse(parse_note(x.checkpoint)->text);
    const checkpoint other{"carillon/other", head.size, head.root, {}};
    x.checkpoint = *sign_note(other.text(), "carillon/abc", seed);
    CHECK(refused(x));
    const note_key foreign{"carillon/abc", *ed25519_public_key(std::string(32, 't'))};
    CHECK_FALSE(check_proof(some_proof(), foreign).has_value());
  }

  TEST_CASE("texts of another form are no proofs") {
    const auto good = json_of(some_proof());
    for (const auto& x :
         {std::string{}, std::string{"[]"}, std::string{"{}"}, good + "}",
          with(good, "event proof 1", "event proof 2"), with(good, "\"seq\":7", "\"seq\":\"7\""),
          with(good, "\"seq\":7", "\"seq\":-7"), with(good, "\"hops\":3", "\"hops\":256"),
          with(good, "\"audience\":2", "\"audience\":4"), with(good, "\"id\"", "\"ID\""),
          with(good, "\"path\":[", "\"path\":[7,"), with(good, "\"path\":[", "\"path\":[\"YWJj\","),
          with(good, "\"salts\":{", "\"salts\":[],\"x\":{"),
          with(good, "\"checkpoint\"", "\"note\"")}) {
      CAPTURE(x);
      CHECK_FALSE(event_proof_from(x).has_value());
    }
    std::string hashes;
    for (int i = 0; i < 129; ++i)
      hashes += "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",";
    CHECK_FALSE(event_proof_from(with(good, "\"path\":[", "\"path\":[" + hashes)).has_value());
  }

  namespace {

  /// A signed head of made-up leaves.
  std::string note_of_size(uint64_t size) {
    tree_frontier tree;
    for (uint64_t i = 0; i < size; ++i)
      tree.add(leaf_hash("x"));
    const auto head
      = make_checkpoint("carillon/abc", tree, {17, std::string(64, 'a')}, from_micros(0));
    return *sign_note(head.text(), "carillon/abc", seed);
  }

  } // namespace

  TEST_CASE("the notes of a witness are told apart, with and without lines between them") {
    std::string file;
    std::string dense;
    std::vector<std::string> notes;
    for (const uint64_t size : {1, 2, 3}) {
      notes.push_back(note_of_size(size));
      file += notes.back() + '\n';
      dense += notes.back();
    }
    for (const auto& text : {file, dense, "\n\n" + file, file + "\n"}) {
      CHECK(notes_of(text).notes == notes);
      CHECK(notes_of(text).cut == 0);
    }
    CHECK(notes_of(notes[0]).notes == std::vector<std::string>{notes[0]});
    for (const auto* text : {"", "\n\n"}) {
      CHECK(notes_of(text).notes.empty());
      CHECK(notes_of(text).cut == 0);
    }
    const auto mark = audit_mark_of(*checkpoint_of(notes[2], public_key()));
    REQUIRE(mark.has_value());
    CHECK(mark->number == 17);
    CHECK(mark->hash == std::string(64, 'a'));
  }

  TEST_CASE("a note that was cut is left out, wherever, and no other with it") {
    const auto whole = note_of_size(5);
    const auto next = note_of_size(6);
    for (size_t length = 1; length < whole.size(); ++length) {
      CAPTURE(length);
      // As a witness goes on behind what ends within a note.
      const auto found = notes_of(whole + '\n' + whole.substr(0, length) + "\n\n" + next + '\n');
      // Only its last line end is missing, which the witness adds.
      if (length + 1 == whole.size()) {
        CHECK(found.notes == std::vector{whole, whole, next});
        continue;
      }
      CHECK(found.notes == std::vector{whole, next});
      CHECK(found.cut >= 1);
      // Cut within the dash of a signature, its beginning looks like another text.
      CHECK(found.cut <= 2);
      // At the end of the file.
      CHECK(notes_of(next + '\n' + whole.substr(0, length)).notes == std::vector{next});
    }
  }

  TEST_CASE("pieces of other texts are no notes") {
    const auto whole = note_of_size(5);
    for (const auto& text :
         {std::string{"x\n"}, std::string{"x\n\ny\n"}, with(whole, "\n5\n", "\n05\n"),
          with(whole, "carillon/abc\n5", "carillon/abc\n\n5"), with(whole, "audit", "au\tdit"),
          std::string(2'000'000, 'x'), std::string(2'000'000, '\n') + "x"})
      CHECK(notes_of(text).notes.empty());
  }

  TEST_CASE("heads at the ends of their range prove nothing that they do not have") {
    auto x = some_proof();
    const auto root = checkpoint_of(x.checkpoint)->root;
    for (const uint64_t size :
         {uint64_t{0}, uint64_t{6}, uint64_t{8}, std::numeric_limits<uint64_t>::max()}) {
      CAPTURE(size);
      const checkpoint head{"carillon/abc", size, root, {}};
      x.checkpoint = *sign_note(head.text(), "carillon/abc", seed);
      CHECK_FALSE(check_proof(x, public_key()).has_value());
    }
    auto last = some_event();
    last->seq = std::numeric_limits<position>::max();
    x.event = last;
    CHECK_FALSE(check_proof(x, public_key()).has_value());
    last->seq = 0;
    CHECK_FALSE(check_proof(x, public_key()).has_value());
  }
}

} // namespace carillon::test
