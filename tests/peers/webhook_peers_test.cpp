// Signatures of ours, verified by npm's `standardwebhooks` and `svix`.

#include "messages/codec/codec.hpp"
#include "messages/webhooks/signature.hpp"
#include "tests/peers/peers.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::check_all;
using carillon::test::message;
using namespace std::chrono_literals;

TEST_SUITE("peers/webhook_peers") {
  namespace {

  using rng_type = std::mt19937;
  using secrets = std::vector<webhook_secret>;

  message signed_by(const secrets& all, const std::string& known, const std::string& body,
                    std::chrono::seconds age = 0s) {
    message x{.secret = known, .body = body};
    x.time -= age.count();
    x.signature = sign_all(all, x.id, x.time, x.body).value();
    return x;
  }

  /// A JSON object with texts of many kinds.
  std::string random_body(rng_type& rng) {
    static const std::string pieces[]
      = {"a", "Z", "\"", "\\", "/", "\n", "\x01", "ü", "€", "𝄞", " ", "\xe2\x80\xa8", ".", "<"};
    std::string text;
    for (auto n = rng() % 40; n > 0; --n)
      text += pieces[rng() % std::size(pieces)];
    std::string out
      = R"({"type":"order.created", "data" : {"n":)" + std::to_string(rng()) + ",\"t\":";
    append_json_string(out, text);
    return out + "}}";
  }

  } // namespace

  TEST_CASE("accept what we sign, with secrets of every length") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    std::vector<message> all;
    for (size_t size = 24; size <= 64; ++size) {
      std::string bytes(size, '\0');
      for (auto& c : bytes)
        c = static_cast<char>(rng() & 255);
      const webhook_secret secret{webhook_secret_kind::hmac, bytes};
      all.push_back(signed_by({secret}, to_text(secret).value(), random_body(rng)));
    }
    check_all(all);
  }

  TEST_CASE("accept either secret while they are rotated, and no other") {
    const auto old = make_webhook_secret(webhook_secret_kind::hmac).value();
    const auto fresh = make_webhook_secret(webhook_secret_kind::hmac).value();
    const auto pair = make_webhook_secret(webhook_secret_kind::ed25519).value();
    const secrets both{fresh, pair, old};
    auto wrong = signed_by(
      both, to_text(make_webhook_secret(webhook_secret_kind::hmac).value()).value(), "{}");
    wrong.valid = false;
    auto wrong_pair = signed_by(
      both, public_text(make_webhook_secret(webhook_secret_kind::ed25519).value()).value(), "{}");
    wrong_pair.valid = false;
    check_all({signed_by(both, to_text(old).value(), "{}"),
               signed_by(both, to_text(fresh).value(), "{}"),
               signed_by(both, public_text(pair).value(), "{}"), wrong, wrong_pair});
  }

  TEST_CASE("refuse a changed body, id, time and signature, and what is too old") {
    const auto hmac = make_webhook_secret(webhook_secret_kind::hmac).value();
    const auto pair = make_webhook_secret(webhook_secret_kind::ed25519).value();
    std::vector<message> all;
    for (const auto& secret : {hmac, pair}) {
      const auto known = secret.kind == webhook_secret_kind::hmac ? to_text(secret).value()
                                                                  : public_text(secret).value();
      const auto right = signed_by({secret}, known, R"({"total":12.5})");
      all.push_back(right);
      std::vector<message> changed(5, right);
      changed[0].body = R"({"total":12.6})";
      changed[1].body += "\n";
      changed[2].id = "msg_2";
      changed[3].time -= 1;
      auto& digit = changed[4].signature[10];
      digit = digit == 'A' ? 'B' : 'A';
      for (auto& x : changed) {
        x.valid = false;
        all.push_back(x);
      }
    }
    auto late = signed_by({hmac}, to_text(hmac).value(), "{}", 400s);
    late.valid = false;
    all.push_back(late);
    all.push_back(signed_by({hmac}, to_text(hmac).value(), "{}", 200s));
    check_all(all);
  }
}
