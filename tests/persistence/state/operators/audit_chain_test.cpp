#include "persistence/state/operators/audit_chain.hpp"

#include "tests/persistence/state/state_fixture.hpp"

namespace carillon::test {

TEST_SUITE("persistence/audit_chain") {
  TEST_CASE("a digest is what the documented encoding gives") {
    // Made with Python's struct and hashlib from the encoding in the header.
    audit_hasher hasher;
    audit_entry x{.time = from_micros(1), .action = "a", .detail = "", .event_seq = 2};
    CHECK(to_hex(hasher({}, 1, x))
          == "a059f0dc78f80da8a0861a7b66b05db8be581672bcbbb495d245a7f3727f4583");
  }

  TEST_CASE("every field and the row before change the digest") {
    audit_hasher hasher;
    const auto base = make_entry("a.b", 5);
    const auto digest = hasher({}, 1, base);
    CHECK(hasher({}, 1, base) == digest);
    CHECK(hasher(digest, 1, base) != digest);
    CHECK(hasher({}, 2, base) != digest);
    for (auto field :
         {&audit_entry::action, &audit_entry::actor, &audit_entry::origin, &audit_entry::company_id,
          &audit_entry::subject, &audit_entry::detail, &audit_entry::person}) {
      auto changed = base;
      changed.*field += "x";
      CHECK(hasher({}, 1, changed) != digest);
    }
    auto changed = base;
    changed.time += std::chrono::microseconds{1};
    CHECK(hasher({}, 1, changed) != digest);
    changed = base;
    ++changed.event_seq;
    CHECK(hasher({}, 1, changed) != digest);
  }

  TEST_CASE("text that moves from one field to the next changes the digest") {
    audit_hasher hasher;
    auto a = make_entry("a.b");
    auto b = a;
    a.actor = "xy";
    a.origin = "z";
    b.actor = "x";
    b.origin = "yz";
    CHECK(hasher({}, 1, a) != hasher({}, 1, b));
    b = a;
    b.person = "p";
    CHECK(hasher({}, 1, a) != hasher({}, 1, b));
  }

  TEST_CASE("digests survive hexadecimal, and nothing else passes for one") {
    audit_hasher hasher;
    const auto digest = hasher({}, 1, make_entry("a.b"));
    CHECK(digest_from_hex(to_hex(digest)) == digest);
    CHECK_FALSE(digest_from_hex(""));
    CHECK_FALSE(digest_from_hex(std::string(63, '0')));
    CHECK_FALSE(digest_from_hex(std::string(64, 'g')));
    CHECK_FALSE(digest_from_hex(std::string(64, 'A')));
  }
}

} // namespace carillon::test
