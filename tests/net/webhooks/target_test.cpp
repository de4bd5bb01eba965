#include "net/webhooks/target.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon::test {

TEST_SUITE("net/http_target") {
  namespace {

  using http::parse_target;

  struct world {
    address_guard common = *address_guard::make({});
    address_guard permitted = *address_guard::make({.allow = {"10.0.0.0/8", "::1/128"}});
    own_ports own;
    bool allow_http = false;

    ec judge(const std::string& url, bool private_targets = false) {
      auto to = parse_target(url);
      if (!to)
        return to.error().code;
      auto out = http::judge_target(*to, {&common, &permitted, &own, allow_http}, private_targets);
      return out ? ec::none : out.error().code;
    }
  };

  } // namespace

  TEST_CASE("a URL is taken apart as libcurl takes it") {
    auto x = parse_target("HTTPS://Example.COM:8443/in?a=b");
    REQUIRE(x.has_value());
    CHECK(x->tls);
    CHECK(x->host == "example.com");
    CHECK(x->port == 8443);
    CHECK(x->origin() == "https://example.com:8443");
    CHECK(x->url == "HTTPS://Example.COM:8443/in?a=b");
    CHECK(parse_target("https://example.com")->port == 443);
    CHECK(parse_target("http://example.com:/x")->port == 80);
    CHECK(parse_target("https://example.com.:65535")->port == 65'535);
    CHECK(parse_target("https://my_host-1:1/")->host == "my_host-1");
    CHECK(parse_target("https://[2606:4700::1111]/")->host == "[2606:4700::1111]");
    CHECK(parse_target("https://1.1.1.1/")->host == "1.1.1.1");
    CHECK(parse_target("https://xn--bcher-kva.example/").has_value());
    CHECK(parse_target("https://" + std::string(63, 'a') + ".example/").has_value());
  }

  TEST_CASE("what can never be called is refused, with a reason") {
    struct entry {
      std::string url;
      std::string why;
    };
    for (const auto& [url, why] :
         std::vector<entry>{{"https://example.com:99999/", "port"},
                            {"https://example.com:65536/", "port"},
                            {"https://example.com:0/", "port"},
                            {"https://example.com:-1/", "port"},
                            {"https://[::1", "IPv6"},
                            {"https://[::g]/", "IPv6"},
                            {"https://[1.2.3.4]/", "IPv6"},
                            {"https://1.2.3.4.5/", "neither an address nor a name"},
                            {"https://256.256.256.256/", "neither an address nor a name"},
                            {"https://example.123/", "neither an address nor a name"},
                            {"https://example.0x1f/", "neither an address nor a name"},
                            {"https://a..example/", "empty part"},
                            {"https://.example/", "empty part"},
                            {"https://./", "no host"},
                            {"https://" + std::string(64, 'a') + ".example/", "63 bytes"},
                            {"https://" + std::string(60, 'a') + '.' + std::string(60, 'b') + '.'
                               + std::string(60, 'c') + '.' + std::string(60, 'd') + '.'
                               + std::string(60, 'e') + '/',
                             "253 bytes"},
                            {"https://exa$mple.com/", "host"},
                            {"https://user@example.com/", "user"},
                            {"https://exa%24mple.com/", "host"},
                            {"https://example.com/\xc3\xbc", "percent-encoded"},
                            {"https://example.com/a b", "percent-encoded"},
                            {"ftp://example.com/", "scheme"},
                            {"https:///x", "malformed"},
                            {"https:example.com", "malformed"},
                            {"", "malformed"}}) {
      CAPTURE(url);
      auto x = parse_target(url);
      REQUIRE_FALSE(x.has_value());
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().field == "url");
      CHECK_MESSAGE(x.error().detail.find(why) != std::string::npos, x.error().detail);
    }
  }

  TEST_CASE("a host of other letters is called by its A-labels") {
    CHECK(parse_target("https://b\xc3\xbc"
                       "cher.example/x")
            ->url
          == "https://xn--bcher-kva.example/x");
    CHECK(parse_target("https://B\xc3\x9c"
                       "CHER.example:8443")
            ->url
          == "https://xn--bcher-kva.example:8443");
    // Not by IDNA 2003, which would map it to "fass", another owner's name.
    CHECK(parse_target("https://fa\xc3\x9f.example/")->host == "xn--fa-hia.example");
    CHECK(
      parse_target("https://\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82\xe3\x83\x86\xe3\x82\xb9\xe3\x83"
                   "\x88/")
        ->host
      == "xn--r8jz45g.xn--zckzah");
    // Full-width digits are an address, and checked as one.
    CHECK(world{}.judge("https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/") == ec::forbidden);
    for (const std::string host : {"a\xe2\x84\x80"
                                   "b.example", // maps to a/c
                                   "a\xef\xbc\xa0"
                                   "b.example", // maps to @
                                   "\xe2\x80\xae"
                                   "abc.example",
                                   "b\xfc"
                                   "cher.example",
                                   "\xcc\x81"
                                   "a.example"}) {
      CAPTURE(host);
      auto x = parse_target("https://" + host + "/");
      REQUIRE_FALSE(x.has_value());
      CHECK(x.error().detail.find("internationalized") != std::string::npos);
    }
  }

  TEST_CASE("addresses are judged by who may call what") {
    world w;
    CHECK(w.judge("https://example.com/") == ec::none);
    CHECK(w.judge("https://10.1.2.3/") == ec::forbidden);
    CHECK(w.judge("https://10.1.2.3/", true) == ec::none);
    CHECK(w.judge("https://0x0a.1/", true) == ec::none);
    CHECK(w.judge("https://192.168.0.1/", true) == ec::forbidden);
    CHECK(w.judge("https://localhost/") == ec::forbidden);
    CHECK(w.judge("https://localhost/", true) == ec::none);
    w.own.set({8080});
    CHECK(w.judge("https://[::1]:8080/", true) == ec::forbidden);
    CHECK(w.judge("https://localhost:8080/", true) == ec::forbidden);
    CHECK(w.judge("https://[::1]:8081/", true) == ec::none);
    CHECK(w.judge("http://example.com/") == ec::invalid_argument);
    w.allow_http = true;
    CHECK(w.judge("http://example.com/") == ec::none);
  }

} // TEST_SUITE

} // namespace carillon::test
