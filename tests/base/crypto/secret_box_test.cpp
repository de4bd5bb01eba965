#include "base/crypto/secret_box.hpp"

#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace carillon;

TEST_SUITE("base/secret_box") {
  namespace {

  struct fixture {
    test::temporary_directory dir;
    std::string path = dir.path() + "/node.key";

    void write_key(const std::string& bytes, mode_t mode = 0600) const {
      std::ofstream{path, std::ios::binary} << bytes;
      REQUIRE(::chmod(path.c_str(), mode) == 0);
    }

    std::string key() const {
      std::ifstream in{path, std::ios::binary};
      return {std::istreambuf_iterator<char>{in}, {}};
    }

    secret_box box() const {
      auto x = secret_box::open(path);
      REQUIRE(x.has_value());
      return *x;
    }

    void check_refused(ec code, const char* part) const {
      auto x = secret_box::open(path);
      REQUIRE_FALSE(x.has_value());
      CHECK(x.error().code == code);
      CHECK_MESSAGE(x.error().detail.find(part) != std::string::npos, x.error().detail);
      CHECK(x.error().detail.find(path) != std::string::npos);
    }
  };

  std::string random_text(std::mt19937& rng, size_t most) {
    std::string out(rng() % (most + 1), '\0');
    for (auto& c : out)
      c = static_cast<char>(rng() & 255);
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a new key is private, complete, and found again") {
    const auto sealed = box().seal("secret", "row 1").value();
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
    CHECK(info.st_size == 32);
    const auto before = key();
    CHECK(box().open(sealed, "row 1").value() == "secret");
    CHECK(key() == before);
    // No draft is left behind.
    const std::filesystem::directory_iterator files{dir.path()};
    CHECK(std::distance(begin(files), end(files)) == 1);
  }

  TEST_CASE("two keys differ") {
    const fixture a;
    const fixture b;
    a.box();
    b.box();
    CHECK(a.key() != b.key());
  }

  TEST_CASE_FIXTURE(fixture, "a file that others may use is refused, and left alone") {
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0644U, 0666U, 0777U}) {
      CAPTURE(mode);
      write_key(std::string(32, 'k'), mode);
      check_refused(ec::forbidden, "chmod 600");
      CHECK(key() == std::string(32, 'k'));
    }
    write_key(std::string(32, 'k'), 0400);
    CHECK(secret_box::open(path).has_value());
  }

  TEST_CASE_FIXTURE(fixture, "a file of a secret volume, which its group reads, is taken") {
    write_key(std::string(32, 'k'), 0440);
    CHECK(secret_box::open(path).has_value());
    write_key(std::string(32, 'k'), 0040);
    // Superusers may read it anyway; others may not, and get an error.
    if (auto x = secret_box::open(path); !x)
      CHECK(x.error().code == ec::store_unavailable);
    for (const mode_t mode : {0444U, 0404U, 0450U, 0460U, 0640U, 0441U}) {
      CAPTURE(mode);
      REQUIRE(::chmod(path.c_str(), mode) == 0);
      check_refused(ec::forbidden, "440");
    }
  }

  TEST_CASE_FIXTURE(fixture, "a key is taken as base64, too, and is the same one") {
    const std::string bytes = "0123456789abcdef0123456789abcdef";
    write_key(bytes);
    const auto raw = box().fingerprint().value();
    CHECK(raw.size() == 32);
    for (const std::string end : {"", "\n", "\r\n"}) {
      CAPTURE(end);
      write_key("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" + end, 0400);
      REQUIRE(::chmod(path.c_str(), 0600) == 0);
      CHECK(box().fingerprint().value() == raw);
    }
    for (const std::string text :
         {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk",
          "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYx", "0123456789abcdef0123456789abcdefx",
          " MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}) {
      CAPTURE(text);
      write_key(text);
      check_refused(ec::store_corrupt, "base64");
    }
  }

  TEST_CASE("fingerprints tell keys apart") {
    const fixture a;
    const fixture b;
    CHECK(a.box().fingerprint().value() == a.box().fingerprint().value());
    CHECK(a.box().fingerprint().value() != b.box().fingerprint().value());
    CHECK(a.box().fingerprint().value().find_first_not_of("0123456789abcdef") == std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "a file of another size is refused, and left alone") {
    for (const size_t size : {0U, 1U, 31U, 47U, 64U}) {
      CAPTURE(size);
      write_key(std::string(size, 'k'));
      check_refused(ec::store_corrupt, "bytes, not 32");
      CHECK(key().size() == size);
    }
  }

  TEST_CASE_FIXTURE(fixture, "what is not a regular file is refused") {
    SUBCASE("a directory") {
      std::filesystem::create_directory(path);
      REQUIRE(::chmod(path.c_str(), 0700) == 0);
      check_refused(ec::store_corrupt, "not a regular file");
    }
    SUBCASE("a pipe, without waiting for its writer") {
      REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
      check_refused(ec::store_corrupt, "not a regular file");
    }
    SUBCASE("a link to nothing") {
      std::filesystem::create_symlink(dir.path() + "/nothing", path);
      check_refused(ec::store_unavailable, "cannot read");
    }
    SUBCASE("a directory that is not there") {
      path = dir.path() + "/none/node.key";
      check_refused(ec::store_unavailable, "cannot make");
    }
  }

  TEST_CASE_FIXTURE(fixture, "a link to a private file is followed") {
    write_key(std::string(32, 'k'));
    const auto real = dir.path() + "/real.key";
    std::filesystem::rename(path, real);
    std::filesystem::create_symlink(real, path);
    CHECK(secret_box::open(path).has_value());
  }

  TEST_CASE_FIXTURE(fixture, "all that make the key at once get the same one") {
    constexpr size_t count = 8;
    std::atomic<size_t> waiting{0};
    std::vector<std::string> sealed(count);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < count; ++i)
      threads.emplace_back([&, i] {
        ++waiting;
        while (waiting < count)
          std::this_thread::yield();
        if (auto x = secret_box::open(path))
          sealed[i] = x->seal("secret", "c").value();
      });
    for (auto& x : threads)
      x.join();
    for (const auto& x : sealed)
      CHECK(box().open(x, "c").value() == "secret");
  }

  TEST_CASE_FIXTURE(fixture, "any text comes back, and no two seals are the same") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const auto x = box();
    for (int i = 0; i < 500; ++i) {
      const auto plain = random_text(rng, 200);
      const auto context = random_text(rng, 40);
      const auto sealed = x.seal(plain, context).value();
      CHECK(sealed.size() == plain.size() + 29);
      CHECK(x.open(sealed, context).value() == plain);
      CHECK(x.seal(plain, context).value() != sealed);
      if (plain.size() > 8)
        CHECK(sealed.find(plain) == std::string::npos);
    }
  }

  TEST_CASE_FIXTURE(fixture,
                    "another context, another key, any flipped bit and any cut are found") {
    const auto x = box();
    const std::string plain = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const auto sealed = x.seal(plain, "webhook 1").value();
    auto refused = [&](const secret_box& by, const std::string& text, const std::string& context) {
      auto out = by.open(text, context);
      return !out && out.error().code == ec::store_corrupt
             && out.error().detail.find("whsec_") == std::string::npos
             && !out.error().detail.empty();
    };
    CHECK_FALSE(refused(x, sealed, "webhook 1"));
    CHECK(refused(x, sealed, "webhook 2"));
    CHECK(refused(x, sealed, ""));
    CHECK(refused(x, sealed + '\0', "webhook 1"));
    const fixture other;
    CHECK(refused(other.box(), sealed, "webhook 1"));
    for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      auto changed = sealed;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      CHECK_MESSAGE(refused(x, changed, "webhook 1"), "bit ", bit);
    }
    for (size_t size = 0; size < sealed.size(); ++size)
      CHECK_MESSAGE(refused(x, sealed.substr(0, size), "webhook 1"), "size ", size);
  }

  TEST_CASE_FIXTURE(fixture, "a text sealed by the first version opens for ever") {
    // Made by Python's cryptography 48: AESGCM(b"k" * 32).encrypt(b"n" * 12, b"secret", b"\x01row
    // 1").
    write_key(std::string(32, 'k'));
    const std::string tail{"\353\136\204\302\164\300\133\061\321\000\325"
                           "\251\261\224\146\374\210\246\022\140\014\215",
                           22};
    CHECK(box().open(std::string{"\x01"} + std::string(12, 'n') + tail, "row 1").value()
          == "secret");
  }
}
