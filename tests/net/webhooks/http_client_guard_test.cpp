#include "tests/net/webhooks/fake_dns.hpp"
#include "tests/net/webhooks/http_client_fixture.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("net/http_client") {
  namespace {

  using fault = http_fault;

  /// Listens on every address of IPv4 and notes which were called.
  struct guarded : http_client_fixture {
    std::mutex mutex;
    std::set<std::string> called;
    lying_server server{{.address = "0.0.0.0"}, [this](lying_connection& x) {
                          {
                            std::lock_guard lock{mutex};
                            called.insert(x.local_address());
                          }
                          while (!x.read_request().empty())
                            x.answer("200 OK");
                        }};

    guarded() {
      options.guard.allow.clear();
    }

    /// As if DNS had answered so.
    void resolve(std::string_view host, std::string_view addresses) {
      options.resolve.push_back(std::string{host} + ":" + std::to_string(server.port()) + ":"
                                + std::string{addresses});
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(guarded, "loopback is refused in every spelling") {
    for (const std::string host : {"127.0.0.1",
                                   "2130706433",
                                   "0177.0.0.1",
                                   "0x7f000001",
                                   "0x7f.1",
                                   "127.1",
                                   "127.0.1",
                                   "017700000001",
                                   "0x7F.0x0.0x0.0x1",
                                   "127.0.0.1.",
                                   "2130706433.",
                                   "0x7f.1.",
                                   "0",
                                   "0.0.0.0",
                                   "localhost",
                                   "localhost.",
                                   "LOCALHOST",
                                   "a.localhost",
                                   "%31%32%37.0.0.1",
                                   "[::1]",
                                   "[0:0:0:0:0:0:0:1]",
                                   "[::]",
                                   "[::ffff:127.0.0.1]",
                                   "[::ffff:7f00:1]",
                                   "[::127.0.0.1]",
                                   "[64:ff9b::127.0.0.1]",
                                   "[64:ff9b:1::7f00:1]",
                                   "[2002:7f00:1::]",
                                   "[fe80::1%25lo]",
                                   "[fe80::1]"}) {
      CAPTURE(host);
      auto out = fetch(server.url("/", host));
      CHECK(out.fault == fault::address_refused);
      CHECK(out.status == 0);
      CHECK(out.remote_address.empty());
    }
    // Full-width digits, which IDNA maps to plain ones, and a double dot.
    for (const std::string host : {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "127.0.0.1..",
                                   "127.0.0.0x", "127.0.0.1%00.example.com"}) {
      CAPTURE(host);
      auto out = fetch(server.url("/", host));
      CHECK((out.fault == fault::url || out.fault == fault::address_refused));
    }
    CHECK(server.accepted() == 0);
  }

  TEST_CASE_FIXTURE(guarded, "the spellings do reach a host that is allowed") {
    options.guard.allow = {"127.0.0.0/8"};
    for (const std::string host : {"127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "127.1",
                                   "localhost", "[::ffff:127.0.0.1]"}) {
      CAPTURE(host);
      CHECK(fetch(server.url("/", host)).status == 200);
    }
    CHECK(server.accepted() > 0);
  }

  TEST_CASE_FIXTURE(guarded, "what is allowed is allowed to those who may call it, not to others") {
    options.guard.allow = {"127.0.0.0/8"};
    resolve("inner.test", "127.0.0.2");
    for (const std::string host : {"127.0.0.1", "2130706433", "localhost", "inner.test"}) {
      CAPTURE(host);
      auto x = to(server.url("/", host));
      CHECK(fetch(x).status == 200);
      // The open connection of the other one does not bypass the guard.
      x.private_targets = false;
      CHECK(fetch(x).fault == fault::address_refused);
      CHECK(client->check(x.url, true).has_value());
      CHECK(client->check(x.url, false).has_value() == (host == "inner.test"));
    }
  }

  TEST_CASE_FIXTURE(guarded, "the node's own ports are called by nobody") {
    options.guard.allow = {"0.0.0.0/8", "127.0.0.0/8", "::1/128", "::ffff:0:0/96"};
    resolve("self.test", "127.0.0.3,[::1]");
    start();
    client->set_own_ports({1, server.port()});
    for (const std::string host : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "0", "0x7f.1", "localhost",
                                   "[::1]", "[::ffff:127.0.0.1]", "self.test"}) {
      CAPTURE(host);
      CHECK(fetch(server.url("/", host)).fault == fault::address_refused);
    }
    CHECK(server.accepted() == 0);
    CHECK(client->check(server.url("/"), true).error().code == ec::forbidden);
    client->set_own_ports({1});
    CHECK(fetch(server.url("/")).status == 200);
    // Not even over a connection that was open before.
    client->set_own_ports({server.port()});
    CHECK(fetch(server.url("/", "self.test")).fault == fault::address_refused);
  }

  TEST_CASE_FIXTURE(guarded, "a name with refused addresses only is refused") {
    resolve("evil.test", "127.0.0.1,127.0.0.2,10.0.0.1,[::1],169.254.169.254");
    auto out = fetch(server.url("/", "evil.test"));
    CHECK(out.fault == fault::address_refused);
    CHECK(out.error == "no address of the host may be called");
    CHECK(out.remote_address.empty());
    CHECK(out.phases.connect_ms < 0);
    CHECK(server.accepted() == 0);
  }

  TEST_CASE_FIXTURE(guarded, "of mixed addresses only the permitted ones are called") {
    options.guard.allow = {"127.0.0.2"};
    resolve("mixed.test", "127.0.0.1,[::1],127.0.0.2,127.0.0.3");
    auto out = fetch(server.url("/", "mixed.test"));
    CHECK(out.status == 200);
    CHECK(out.remote_address == "127.0.0.2:" + std::to_string(server.port()));
    CHECK(called == std::set<std::string>{"127.0.0.2"});
  }

  TEST_CASE_FIXTURE(guarded, "a name that moves to a refused address is refused from then on") {
    options.guard.allow = {"127.0.0.2"};
    resolve("moving.test", "127.0.0.2");
    CHECK(fetch(server.url("/", "moving.test")).status == 200);
    client.reset();
    options.resolve.clear();
    resolve("moving.test", "127.0.0.1");
    CHECK(fetch(server.url("/", "moving.test")).fault == fault::address_refused);
    CHECK(called == std::set<std::string>{"127.0.0.2"});
  }

  TEST_CASE_FIXTURE(guarded, "a permitted address that does not answer is not a refused one") {
    options.guard.allow = {"127.0.0.2"};
    options.resolve = {"down.test:1:127.0.0.1,127.0.0.2"};
    CHECK(fetch("http://down.test:1/").fault == fault::connect);
  }

  TEST_CASE_FIXTURE(guarded, "a name that is bound anew between two look-ups gains nothing") {
    options.guard.allow = {"127.0.0.2"};
    std::atomic<int> lookups{0};
    fake_dns dns{"rebind.test", [&]() -> std::vector<std::string> {
                   return {lookups++ == 0 ? "127.0.0.2" : "127.0.0.1"};
                 }};
    CHECK(fetch(server.url("/", "rebind.test")).status == 200);
    CHECK(lookups.load() == 1);
    // The open connection is the checked one; a new client resolves the name again.
    CHECK(fetch(server.url("/", "rebind.test")).status == 200);
    client.reset();
    CHECK(fetch(server.url("/", "rebind.test")).fault == fault::address_refused);
    CHECK(lookups.load() == 2);
    CHECK(called == std::set<std::string>{"127.0.0.2"});
  }

  TEST_CASE_FIXTURE(guarded, "answers of DNS in every form are judged") {
    for (const std::string address :
         {"127.0.0.1", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "0.0.0.0",
          "::", "169.254.169.254", "10.0.0.1", "fd00:ec2::254", "fe80::1", "224.0.0.1",
          "100.64.0.1"}) {
      CAPTURE(address);
      fake_dns dns{"forms.test", [=]() -> std::vector<std::string> { return {address}; }};
      client.reset();
      CHECK(fetch(server.url("/", "forms.test")).fault == fault::address_refused);
    }
    CHECK(server.accepted() == 0);
  }

  TEST_CASE_FIXTURE(guarded, "a name server that hangs holds up nobody") {
    options.guard.allow = {"127.0.0.0/8"};
    std::promise<void> over;
    auto waiting = over.get_future().share();
    fake_dns dns{"slow.test", [=]() -> std::vector<std::string> {
                   waiting.wait();
                   return {"127.0.0.1"};
                 }};
    auto x = to(server.url("/", "slow.test"));
    x.connect_deadline = 200ms;
    auto slow = send(x);
    CHECK(fetch(server.url()).status == 200);
    auto out = take(std::move(slow));
    CHECK(out.fault == fault::timeout);
    CHECK(out.error == "the host name was not resolved within 200 ms");
    CHECK(out.phases.dns_ms < 0);
    CHECK(out.phases.total_ms < 5'000);
    CHECK(fetch(server.url()).status == 200);
    // Nor does it hold up stopping.
    x.connect_deadline = 10s;
    auto stopped = send(x);
    client->stop();
    CHECK(take(std::move(stopped)).fault == fault::not_sent);
    over.set_value();
  }

} // TEST_SUITE

} // namespace carillon::test
