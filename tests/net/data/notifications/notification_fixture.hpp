#pragma once

#include "net/auth/token/token_verifier.hpp"
#include "tests/net/auth/token/token_issuer.hpp"
#include "tests/net/data/data_port_fixture.hpp"
#include "tests/net/data/notifications/fake_notification_access.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace carillon::test {

/// A data port with a key for tokens, an API key, and notifications.
struct notification_fixture : port_fixture {
  static constexpr const char* secret = "a secret of at least thirty-two bytes";

  token_issuer issuer = token_issuer::hs256(secret);
  std::unique_ptr<token_verifier> tokens;
  std::shared_ptr<fake_notification_access> store = std::make_shared<fake_notification_access>();
  key_ring real;
  std::string api_key = key_ring::make_key().value();
  std::mutex refusals_mutex;
  std::vector<refused_access> refusals;
  /// Credentials of the user `u-1` of the company `c-1`.
  std::string anna = bearer(R"({"sub":"u-1","company":"c-1"})");

  notification_fixture() {
    auto made = token_verifier::open({.secret = secret});
    REQUIRE(made.has_value());
    tokens = std::move(*made);
    carillon::api_key key;
    key.id = 1;
    key.role = role::admin;
    key.hash = key_ring::hash_of(api_key);
    real.replace({key});
    options.sessions.origins = {"https://shop.example"};
  }

  ~notification_fixture() {
    if (port)
      port->stop(std::chrono::milliseconds{0});
  }

  /// @param kept false for a node that keeps no notifications
  /// @param verifier null for a node without a key for tokens
  void start(bool kept, const token_verifier* verifier) {
    data_port_backend backend;
    backend.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
    backend.types = &types;
    backend.keys = options.sessions.dev_identities ? &keys : &real;
    backend.stats = stats;
    backend.tokens = verifier;
    backend.on_refused = [this](const refused_access& x) {
      std::lock_guard lock{refusals_mutex};
      refusals.push_back(x);
    };
    if (kept)
      backend.notifications = store;
    auto started = data_port::start(options, std::move(backend));
    REQUIRE(started.has_value());
    port = std::move(*started);
  }

  void start() {
    start(true, tokens.get());
  }

  std::string bearer(std::string_view claims) const {
    return "Authorization: Bearer " + issuer.token(claims) + "\r\n";
  }

  /// A request below `/api/notifications`.
  static std::string to(std::string_view method, std::string_view rest, std::string_view fields,
                        std::string_view body = {}) {
    std::string out{method};
    out.append(" /api/notifications").append(rest).append(" HTTP/1.1\r\nHost: localhost\r\n");
    out.append(fields);
    if (!body.empty())
      out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    return out.append("\r\n").append(body);
  }

  answer get(std::string_view rest, std::string_view fields) const {
    return ask(to("GET", rest, fields));
  }

  answer post_to(std::string_view rest, std::string_view fields, std::string_view body = {}) const {
    return ask(to("POST", rest, fields, body));
  }
};

/// A notification without the parts that its number decides.
inline std::string notification_json(uint64_t id, const std::string& user,
                                     const std::string& company_json) {
  auto number = std::to_string(id);
  return R"({"id":)" + number + R"(,"userId":")" + user + R"(","companyId":)" + company_json
         + R"(,"kind":"order.created","eventSeq":)" + std::to_string(id + 40)
         + R"(,"title":"Order o-)" + number + R"( received","body":"We have received your order.",)"
         + R"("link":"/orders/o-)" + number
         + R"(","createdAt":"1970-01-01T00:00:01.000000Z","readAt":null})";
}

} // namespace carillon::test
