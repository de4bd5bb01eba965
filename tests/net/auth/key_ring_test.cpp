#include "net/auth/key_ring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
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

  TEST_CASE("a key ends when it says") {
    const auto text = key_ring::make_key().value();
    const auto end = from_micros(1'000'000);
    key_ring ring;
    ring.replace({{.id = 7,
                   .name = "short",
                   .role = role::reader,
                   .hash = key_ring::hash_of(text),
                   .certificate = std::string(64, 'c'),
                   .expires_at = end}});
    const auto header = "Bearer " + text;
    const std::string shown(64, 'c');
    CHECK(ring.authenticate(header, shown, end - std::chrono::microseconds{1}).has_value());
    for (const auto& sent : {header, std::string{}}) {
      const auto late = ring.authenticate(sent, shown, end);
      REQUIRE(late.has_error());
      CHECK(late.error().code == ec::unauthenticated);
      CHECK(late.error().detail == "the API key has expired");
    }
  }

  TEST_CASE("uses of keys are told once a minute, and outlive a change of the keys") {
    using std::chrono::seconds;
    const auto texts = std::array{key_ring::make_key().value(), key_ring::make_key().value()};
    const auto begin = from_micros(1'000'000'000);
    const std::vector<api_key> keys{
      {.id = 1, .name = "a", .hash = key_ring::hash_of(texts[0]), .last_used_at = begin},
      {.id = 2, .name = "b", .hash = key_ring::hash_of(texts[1])}};
    key_ring ring;
    ring.replace(keys);
    const auto use = [&](size_t which, timestamp at) {
      return ring.authenticate("Bearer " + texts.at(which), {}, at).has_value();
    };
    CHECK(ring.take_uses().empty());
    // Less than a minute after what the store has.
    CHECK(use(0, begin + seconds{59}));
    CHECK(ring.take_uses().empty());
    CHECK(use(0, begin + seconds{60}));
    CHECK(use(0, begin + seconds{61}));
    CHECK(use(1, begin));
    ring.replace(keys);
    auto uses = ring.take_uses();
    std::sort(uses.begin(), uses.end(), [](auto& x, auto& y) { return x.id < y.id; });
    REQUIRE(uses.size() == 2);
    CHECK(uses[0].id == 1);
    CHECK(uses[0].at == begin + seconds{60});
    CHECK(uses[1].id == 2);
    CHECK(uses[1].at == begin);
    CHECK(ring.take_uses().empty());
    // A key of nobody is no use, nor is one that has ended.
    CHECK(!ring.authenticate("Bearer ck_nobody").has_value());
    CHECK(ring.take_uses().empty());
  }

  TEST_CASE("a break-glass key opens the admin port only") {
    const auto text = key_ring::make_key().value();
    key_ring ring;
    ring.replace({{.id = 7,
                   .name = "envelope",
                   .role = role::admin,
                   .hash = key_ring::hash_of(text),
                   .break_glass = true}});
    CHECK(ring.authenticate_operator("Bearer " + text).value().break_glass);
    const auto refused = ring.authenticate("Bearer " + text);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == ec::unauthenticated);
  }

  TEST_CASE("who judges other tokens gets all but API keys") {
    struct fake final : bearer_judge {
      expected<principal> judge(std::string_view token, timestamp) const override {
        if (token != "right")
          return failure{ec::unauthenticated, "judged", {}};
        return principal{.key_id = 9, .role = role::reader, .company_id = {}};
      }
    };
    key_ring ring;
    CHECK(ring.authenticate("Bearer right").has_error());
    ring.set_judge(std::make_shared<fake>());
    CHECK(ring.authenticate("Bearer right").value().key_id == 9);
    CHECK(ring.authenticate("Bearer wrong").error().detail == "judged");
    for (const char* header : {"Bearer ck_nobody", "Basic right", "Bearer ", "right", ""})
      CHECK(ring.authenticate(header).error().detail != "judged");
  }

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
