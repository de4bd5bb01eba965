// Which API keys may read the log as a stream, and what of it.

#include "net/data/port/gate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/log_stream_request") {
  namespace {

  constexpr std::string_view key_text = "ck_0123456789012345678901234567890123456789012";

  /// A data port's gate that knows one key.
  struct door {
    data_port_options options;
    key_ring keys;
    std::optional<gate> at;
    std::string authorization = "Bearer " + std::string{key_text};

    explicit door(role r, std::string company = {}, std::string consumers = {}) {
      replace(r, std::move(company), std::move(consumers));
      at.emplace(options, keys, nullptr);
    }

    void replace(role r, std::string company = {}, std::string consumers = {}) {
      keys.replace({{.id = 7,
                     .name = "test",
                     .role = r,
                     .company_id = std::move(company),
                     .consumers = std::move(consumers),
                     .hash = key_ring::hash_of(key_text),
                     .created_at = {}}});
    }

    admission ask(std::string_view target, std::string_view last_event_id = {}) const {
      request_head head;
      head.method = boost::beast::http::verb::get;
      head.target = target;
      head.host = "localhost";
      head.authorization = authorization;
      head.last_event_id = last_event_id;
      if (target.starts_with("/ws")) {
        head.connection = "Upgrade";
        head.upgrade = "websocket";
        head.websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
        head.websocket_version = "13";
        head.websocket_protocol = "carillon.v1";
        head.http11 = true;
      }
      return at->judge(head);
    }

    ec refusal_of(std::string_view target, std::string_view last_event_id = {}) const {
      auto x = ask(target, last_event_id);
      CAPTURE(target);
      REQUIRE(x.refused.has_value());
      CHECK(!x.session);
      return x.refused->why.code;
    }
  };

  constexpr std::array<std::string_view, 2> paths{"/api/events/stream", "/ws"};

  std::optional<std::string> company_of(const admission& x) {
    return x.session->request.scope->company_id;
  }

  } // namespace

  TEST_CASE("every role, with a company and without") {
    struct row {
      role of;
      const char* consumers;
      bool may;
    };
    const std::vector<row> table{{role::publisher, "", false},     {role::reader, "", true},
                                 {role::admin, "", true},          {role::worker, "", true},
                                 {role::worker, "billing", false}, {role::worker, "*", false}};
    for (const auto& x : table)
      for (const auto* company : {"", "c-1"})
        for (auto path : paths) {
          CAPTURE(name_of(x.of));
          CAPTURE(x.consumers);
          CAPTURE(company);
          CAPTURE(path);
          door to{x.of, company, x.consumers};
          auto got = to.ask(path);
          REQUIRE(got.refused.has_value() == !x.may);
          if (!x.may) {
            CHECK(got.refused->why.code == ec::forbidden);
            REQUIRE(got.denied.has_value());
            CHECK(got.denied->who == "key:7");
            CHECK(got.denied->action == "GET " + std::string{path});
            continue;
          }
          REQUIRE(got.session.has_value());
          CHECK(!got.session->refused);
          const auto& request = got.session->request;
          REQUIRE(request.scope.has_value());
          CHECK(company_of(got).value_or("") == company);
          CHECK(company_of(got).has_value() == (*company != '\0'));
          CHECK(request.identity.who == viewer{{}, company});
          CHECK(request.one_way == (path != "/ws"));
          CHECK(!request.since);
          CHECK(request.scope->is_admitted());
        }
  }

  TEST_CASE("a key that is unknown, deleted, or another one by now") {
    door to{role::reader, "c-1"};
    auto got = to.ask("/api/events/stream");
    REQUIRE(got.session.has_value());
    const auto& is_admitted = got.session->request.scope->is_admitted;
    CHECK(is_admitted());
    to.replace(role::publisher, "c-1");
    CHECK(!is_admitted());
    to.replace(role::reader, "c-2");
    CHECK(!is_admitted());
    to.replace(role::admin, "c-1");
    CHECK(is_admitted());
    to.keys.replace({});
    CHECK(!is_admitted());
    for (auto path : paths)
      CHECK(to.refusal_of(path) == ec::unauthenticated);
  }

  TEST_CASE("a key of a company sees no other") {
    door bound{role::reader, "c-1"};
    CHECK(company_of(bound.ask("/ws?companyId=c-1")) == "c-1");
    for (auto path : {"/ws?companyId=c-2", "/api/events/stream?companyId=c-2"})
      CHECK(bound.refusal_of(path) == ec::forbidden);
    CHECK(bound.refusal_of("/ws?companyId=") == ec::invalid_argument);
    door free{role::reader};
    CHECK(company_of(free.ask("/ws?companyId=c-2")) == "c-2");
  }

  TEST_CASE("the query says from where, and what") {
    door to{role::admin};
    auto got
      = to.ask("/api/events/stream?since=0123456789ab.17&types=order.*,user.login&slow=catchup");
    REQUIRE(got.session.has_value());
    CHECK(got.session->request.since == position{17});
    CHECK(got.session->request.scope->mark == "0123456789ab");
    CHECK(got.session->request.types.size() == 2);
    CHECK(to.ask("/ws?history=h1").session->request.scope->history == "h1");
    // What a client that comes back says is newer than its address.
    got = to.ask("/api/events/stream?since=0123456789ab.17", "18");
    CHECK(got.session->request.since == position{18});
    CHECK(got.session->request.scope->mark.empty());
    // A position may name its history instead of an event.
    got = to.ask("/api/events/stream?since=0123456789abcdef.17");
    CHECK(got.session->request.since == position{17});
    CHECK(got.session->request.scope->history == "0123456789abcdef");
    CHECK(got.session->request.scope->mark.empty());
    for (auto wrong : {"since=", "since=x", "since=-1", "since=0123456789ab.", "since=.7",
                       "since=0123456789ab.0", "since=0123456789aB.7", "since=0123456789.7",
                       "since=7.0123456789ab", "types=a..b", "slow=no", "user=u-1", "company=c-1",
                       "companyid=c-1", "order=asc", "history="}) {
      CAPTURE(wrong);
      CHECK(to.refusal_of("/api/events/stream?" + std::string{wrong}) == ec::invalid_argument);
    }
    CHECK(to.refusal_of("/api/events/stream", "x") == ec::invalid_argument);
    // Two credentials: a proxy could take the other one.
    CHECK(to.refusal_of("/api/events/stream?token=x") == ec::invalid_argument);
  }

  TEST_CASE("what is no key is a token") {
    door to{role::admin};
    to.authorization = "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x";
    CHECK(to.refusal_of("/api/events/stream") == ec::unauthenticated);
    to.authorization = "bearer  " + std::string{key_text};
    CHECK(to.ask("/api/events/stream").session.has_value());
    // Without keys everybody is an admin, but who sends none has a session of a user.
    to.keys.admit_everyone();
    to.options.sessions.dev_identities = true;
    CHECK(to.ask("/api/events/stream").session->request.scope.has_value());
    to.authorization.clear();
    CHECK(!to.ask("/api/events/stream").session->request.scope.has_value());
  }
}
