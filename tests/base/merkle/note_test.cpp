#include "base/merkle/checkpoint.hpp"
#include "base/merkle/signed_note.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/crypto/sha256_stream.hpp"
#include "base/text/hex.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon::test {

TEST_SUITE("base/merkle/note") {
  namespace {

  /// The example of golang.org/x/mod/sumdb/note.
  const std::string known_key
    = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const std::string known_note
    = "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n"
      "\n"
      "\xe2\x80\x94 PeterNeumann "
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
      "\n";

  const std::string seed(32, 's');

  checkpoint some_checkpoint() {
    return {"carillon/abc", 8, leaf_hash("x"), {"audit 3:00ff", "time 2026-12-01T00:00:00Z"}};
  }

  std::string with(std::string text, const std::string& old, const std::string& replacement) {
    const auto at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), replacement);
  }

  } // namespace

  TEST_CASE("a note of another implementation verifies, and no changed one") {
    const auto key = note_key::parse(known_key);
    REQUIRE(key);
    CHECK(key->text() == known_key);
    const auto note = parse_note(known_note);
    REQUIRE(note.has_value());
    CHECK(is_signed_by(*note, *key));
    for (size_t i = 0; i < known_note.size(); ++i) {
      auto changed = known_note;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      const auto other = parse_note(changed);
      CAPTURE(i);
      CHECK_FALSE((other && is_signed_by(*other, *key)));
    }
  }

  TEST_CASE("what is signed is read and verified") {
    const note_key key{"carillon/abc", *ed25519_public_key(seed)};
    const auto text = sign_note(some_checkpoint().text(), key.name, seed);
    REQUIRE(text.has_value());
    const auto note = parse_note(*text);
    REQUIRE(note.has_value());
    CHECK(is_signed_by(*note, key));
    CHECK(*checkpoint::parse(note->text) == some_checkpoint());
    CHECK_FALSE(is_signed_by(*note, {"carillon/abd", key.public_key}));
    CHECK_FALSE(is_signed_by(*note, {key.name, *ed25519_public_key(std::string(32, 't'))}));
  }

  TEST_CASE("a second signature under the same name may not be wrong") {
    const note_key key{"carillon/abc", *ed25519_public_key(seed)};
    auto text = *sign_note("a\n", key.name, seed);
    const auto wrong = *sign_note("b\n", key.name, seed);
    text += wrong.substr(wrong.find("\n\n") + 2);
    CHECK_FALSE(is_signed_by(*parse_note(text), key));
  }

  TEST_CASE("keys of another form are refused") {
    for (const auto& x :
         {std::string{}, std::string{"a"}, std::string{"a+b"}, with(known_key, "c74f", "c74e"),
          with(known_key, "c74f", "C74F"), with(known_key, "Peter", "Piter"), known_key + "=",
          with(known_key, "+AR", "+AB"), with(known_key, "Neumann", " Neumann"),
          known_key.substr(0, known_key.size() - 4)}) {
      CAPTURE(x);
      CHECK_FALSE(note_key::parse(x));
    }
  }

  TEST_CASE("notes of another form are refused") {
    for (const auto& x :
         {std::string{}, std::string{"text\n"}, std::string{"text\n\n"},
          known_note.substr(0, known_note.size() - 1), known_note + "\n", known_note + "more\n",
          with(known_note, "\xe2\x80\x94 Peter", "- Peter"), with(known_note, "think", "th\tnk"),
          with(known_note, "think", "th\xffnk"), with(known_note, "BwJnAM=", "BwJnAM"),
          with(known_note, "PeterNeumann x08", "PeterNeumann  x08"),
          std::string{"text\n\n\xe2\x80\x94 name YWJjZA==\n"}}) {
      CAPTURE(x);
      CHECK_FALSE(parse_note(x).has_value());
    }
    std::string many = "text\n\n";
    const auto line = known_note.substr(known_note.find("\n\n") + 2);
    for (int i = 0; i < 101; ++i)
      many += line;
    CHECK_FALSE(parse_note(many).has_value());
    CHECK(parse_note(many.substr(0, many.size() - line.size())).has_value());
  }

  TEST_CASE("checkpoints of another form are refused") {
    const auto good = some_checkpoint().text();
    REQUIRE(checkpoint::parse(good).has_value());
    for (const auto& x :
         {std::string{}, good.substr(0, good.size() - 1), with(good, "\n8\n", "\n08\n"),
          with(good, "\n8\n", "\n-8\n"), with(good, "\n8\n", "\n8 \n"),
          with(good, "\n8\n", "\n18446744073709551616\n"), with(good, "\n8\n", "\n\n"),
          with(good, "=\n", "\n"), good + "\n", std::string{"a\n1\n"},
          std::string{"a\n1\nYWJj\n"}}) {
      CAPTURE(x);
      CHECK_FALSE(checkpoint::parse(x).has_value());
    }
  }

  TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
    CHECK(to_hex(hmac_sha256_key{std::string(20, '\x0b')}.of("Hi There"))
          == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(to_hex(hmac_sha256_key{"Jefe"}.of("what do ya want for nothing?"))
          == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(hmac_sha256_key{std::string(131, '\xaa')}.of(
            "Test Using Larger Than Block-Size Key - Hash Key First"))
          == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }
}

} // namespace carillon::test
