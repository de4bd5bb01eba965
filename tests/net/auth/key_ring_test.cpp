#include "net/auth/key_ring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

using namespace carillon;

TEST_SUITE("net/key_ring") {
  namespace {

  api_key key_for(std::string_view text, role r, std::string company = {}, uint64_t id = 7) {
    return {.id = id,
            .name = "test",
            .role = r,
            .company_id = std::move(company),
            .hash = key_ring::hash_of(text),
            .created_at = {}};
  }

  } // namespace

  TEST_CASE("keys are ck_ and 43 digits of base 62, and never the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
      auto key = key_ring::make_key().value();
      REQUIRE(key.size() == 46);
      CHECK(key.starts_with("ck_"));
      CHECK(std::all_of(key.begin() + 3, key.end(),
                        [](unsigned char c) { return std::isalnum(c) != 0; }));
      CHECK(seen.insert(key).second);
    }
  }

  TEST_CASE("the hash is SHA-256 in lower case hex") {
    // FIPS 180-4, example "abc".
    CHECK(key_ring::hash_of("abc")
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  TEST_CASE("a key is found by its id while it is accepted") {
    key_ring ring;
    ring.replace({key_for("ck_1", role::admin, "acme", 42)});
    REQUIRE(ring.find(42));
    CHECK(ring.find(42)->company_id == "acme");
    CHECK_FALSE(ring.find(0));
    CHECK_FALSE(ring.find(43));
    ring.replace({});
    CHECK_FALSE(ring.find(42));
    ring.admit_everyone();
    REQUIRE(ring.find(0));
    CHECK(ring.find(0)->may_administer());
    CHECK_FALSE(ring.find(42));
  }

  TEST_CASE("a known key gives its principal") {
    key_ring ring;
    auto text = key_ring::make_key().value();
    ring.replace({key_for(text, role::publisher, "acme", 42)});
    for (std::string_view scheme : {"Bearer ", "bearer ", "BEARER   "}) {
      auto who = ring.authenticate(std::string{scheme} + text);
      REQUIRE(who.has_value());
      CHECK(who->key_id == 42);
      CHECK(who->role == role::publisher);
      CHECK(who->company_id == "acme");
    }
  }

  TEST_CASE("anything else is refused") {
    key_ring ring;
    auto text = key_ring::make_key().value();
    ring.replace({key_for(text, role::admin)});
    auto other = key_ring::make_key().value();
    for (const auto& header : std::vector<std::string>{
           "", text, "Bearer", "Bearer ", "Bearer" + text, "Basic " + text, "Bearer " + other,
           "Bearer " + text + "x", "Bearer " + text.substr(0, 45), "Bearer ck_",
           "Bearer " + key_ring::hash_of(text), "Bearer " + std::string(10'000, 'x'),
           "Bearer ck_" + std::string(10'000, 'x')}) {
      CAPTURE(header.substr(0, 80));
      auto who = ring.authenticate(header);
      REQUIRE(who.has_error());
      CHECK(who.error().code == ec::unauthenticated);
      CHECK(who.error().detail.find(text) == std::string::npos);
    }
  }

  TEST_CASE("replacing forgets the keys before") {
    key_ring ring;
    auto text = key_ring::make_key().value();
    ring.replace({key_for(text, role::admin)});
    CHECK(ring.authenticate("Bearer " + text).has_value());
    ring.replace({});
    CHECK(!ring.authenticate("Bearer " + text).has_value());
  }

  TEST_CASE("a key that is bound to a certificate needs it, and may be left out with it") {
    key_ring ring;
    auto bound = key_ring::make_key().value();
    auto free = key_ring::make_key().value();
    auto with_certificate = key_for(bound, role::reader, "acme", 7);
    const std::string own(64, 'a');
    const std::string other(64, 'b');
    with_certificate.certificate = own;
    ring.replace({with_certificate, key_for(free, role::publisher, "acme", 8)});
    CHECK(ring.authenticate("Bearer " + bound, own).value().key_id == 7);
    CHECK(ring.authenticate("", own).value().key_id == 7);
    for (const auto& shown : {std::string{}, other}) {
      CAPTURE(shown);
      auto refused = ring.authenticate("Bearer " + bound, shown);
      REQUIRE(refused.has_error());
      CHECK(refused.error().code == ec::unauthenticated);
      CHECK(ring.authenticate("", shown).has_error());
    }
    // Another key beside the certificate is what counts.
    CHECK(ring.authenticate("Bearer " + free, own).value().key_id == 8);
    CHECK(ring.authenticate("Bearer " + free).value().key_id == 8);
    CHECK(ring.authenticate("Bearer nonsense", own).has_error());
    ring.replace({});
    CHECK(ring.authenticate("", own).has_error());
  }

  TEST_CASE("admitting everyone needs no key and binds to no company") {
    key_ring ring;
    ring.admit_everyone();
    auto who = ring.authenticate("");
    REQUIRE(who.has_value());
    CHECK(who->role == role::admin);
    CHECK(!who->is_bound());
    CHECK(who->key_id == 0);
  }

  TEST_CASE("look-ups during a change see the keys before or after it") {
    key_ring ring;
    auto kept = key_ring::make_key().value();
    auto keys = std::vector{key_for(kept, role::reader)};
    ring.replace(keys);
    std::atomic<bool> ended{false};
    std::atomic<int> failed{0};
    std::thread reader{[&] {
      while (!ended)
        if (!ring.authenticate("Bearer " + kept))
          ++failed;
    }};
    for (int i = 0; i < 200; ++i) {
      keys.push_back(key_for(key_ring::make_key().value(), role::reader));
      ring.replace(keys);
    }
    ended = true;
    reader.join();
    CHECK(failed == 0);
  }
}
