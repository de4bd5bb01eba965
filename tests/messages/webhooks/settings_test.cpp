#include "messages/webhooks/webhook.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

// Accepted and rejected settings of webhooks.

namespace carillon {

TEST_SUITE("messages/webhook_settings") {
  namespace {

  using namespace std::chrono_literals;
  using change = std::function<void(webhook_settings&)>;

  webhook_settings good() {
    webhook_settings x;
    x.company_id = "acme";
    x.url = "https://hooks.example.com/in";
    return x;
  }

  /// The field at fault; empty if nothing is.
  std::string fault_of(const change& f) {
    auto x = good();
    f(x);
    const auto checked = check_webhook(x);
    if (checked)
      return {};
    CHECK(checked.error().code == ec::invalid_argument);
    CHECK_FALSE(checked.error().detail.empty());
    return checked.error().field;
  }

  std::string fault_of_url(std::string url) {
    return fault_of([&](auto& x) { x.url = std::move(url); });
  }

  std::string fault_of_header(std::string name, std::string value = "x") {
    return fault_of([&](auto& x) { x.headers = {{std::move(name), std::move(value)}}; });
  }

  std::string fault_of_rate(double rate) {
    return fault_of([&](auto& x) { x.rate_per_second = rate; });
  }

  std::string fault_of_schedule(std::vector<std::chrono::seconds> schedule) {
    return fault_of([&](auto& x) { x.retry.schedule = std::move(schedule); });
  }

  std::string with_case(std::string_view text, int kind) {
    std::string out{text};
    for (size_t i = 0; i < out.size(); ++i)
      if (kind == 1 || (kind == 2 && (i == 0 || out[i - 1] == '-')))
        out[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[i])));
    return out;
  }

  } // namespace

  TEST_CASE("a plain webhook, and one with everything at its limit, may be set") {
    CHECK(check_webhook(good()).has_value());
    auto x = good();
    x.url = "https://a.example/" + std::string(webhook_limits::url_bytes - 18, 'a');
    REQUIRE(x.url.size() == webhook_limits::url_bytes);
    x.types.assign(100, *type_pattern::parse("order.*"));
    x.max_in_flight = 64;
    x.rate_per_second = 10'000.0;
    x.retry.schedule.assign(20, 86'400s);
    for (int i = 0; i < 20; ++i)
      x.headers.emplace_back("X-Header-" + std::to_string(i), std::string(2'048, 'v'));
    x.description = std::string(510, 'd') + "ü";
    CHECK(check_webhook(x).has_value());
    CHECK(check_webhook({.company_id = "", .url = "http://a"}).has_value());
  }

  TEST_CASE("URLs that may be set") {
    for (const auto* url :
         {"https://a", "http://a.example", "HTTPS://A.EXAMPLE/", "HtTp://a.example",
          "https://a.example:8443/x", "https://a.example?x=1", "https://a.example/?u=a@b.c",
          "https://a.example/@me", "https://[2001:db8::1]:8443/x", "https://192.0.2.1/",
          "https://a.example/%20%23", "https://a.example/a;b=c,d/(e)!*'~-._$&+=:@"}) {
      CAPTURE(url);
      CHECK(fault_of_url(url).empty());
    }
  }

  TEST_CASE("URLs that are refused") {
    for (const auto* url : {"",
                            " ",
                            "a",
                            "/in",
                            "//a.example/in",
                            "a.example",
                            "ftp://a.example",
                            "file:///etc/passwd",
                            "gopher://a.example",
                            "ws://a.example",
                            "wss://a.example",
                            "javascript:alert(1)",
                            "data:text/plain,x",
                            "https:/a.example",
                            "https:a.example",
                            "https//a.example",
                            "httpss://a.example",
                            " https://a.example",
                            "https://",
                            "https:///in",
                            "https://?x",
                            "https://#x",
                            "https://:443/in",
                            "https://user@a.example",
                            "https://user:pw@a.example",
                            "https://:@a.example",
                            "https://@a.example",
                            "https://a.example@b.example/x",
                            "https://a.example/#",
                            "https://a.example/x#frag",
                            "https://a.example#frag",
                            "https://a.example/a b",
                            "https://a.example/ ",
                            "https://a.example\\@b.example",
                            "https://a.example/\"",
                            "https://a.example/<x>",
                            "https://a.example/{id}",
                            "https://a.example/`x`",
                            "https://a.example/a|b",
                            "https://a.example/a^b",
                            "https://a.example/\r\nHost: b",
                            "https://a.example/\n",
                            "https://a.example/\t",
                            "https://a.example/\x7f",
                            "https://ä.example",
                            "https://a.example/ü"}) {
      CAPTURE(url);
      CHECK(fault_of_url(url) == "url");
    }
    CHECK(fault_of_url(std::string{"https://a.example/\0x", 20}) == "url");
    CHECK(fault_of_url("https://a.example/" + std::string(webhook_limits::url_bytes - 17, 'a'))
          == "url");
  }

  TEST_CASE("reserved headers are refused in any case") {
    for (const auto* name : {"host",
                             "connection",
                             "keep-alive",
                             "proxy-connection",
                             "transfer-encoding",
                             "te",
                             "trailer",
                             "upgrade",
                             "expect",
                             "accept-encoding",
                             "user-agent",
                             "date",
                             "forwarded",
                             "webhook-id",
                             "webhook-timestamp",
                             "webhook-signature",
                             "webhook-",
                             "webhook-anything",
                             "carillon-replay",
                             "carillon-x",
                             "content-type",
                             "content-length",
                             "content-encoding",
                             "content-",
                             "proxy-authorization",
                             "proxy-authenticate",
                             "svix-id",
                             "svix-signature"})
      for (const int kind : {0, 1, 2}) {
        const auto text = with_case(name, kind);
        CAPTURE(text);
        CHECK(fault_of_header(text) == "headers." + text);
      }
  }

  TEST_CASE("other headers may be set") {
    for (const auto* name : {"Authorization", "X-Webhook-Id", "X-Host", "Hostname", "Accept",
                             "Cookie", "webhook", "content", "x", "X-!#$%&'*+-.^_`|~9"})
      CHECK(fault_of_header(name).empty());
    CHECK(fault_of_header(std::string(128, 'a')).empty());
    for (const auto* value : {"", "a", "a b", "Bearer abc==", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"})
      CHECK(fault_of_header("X-Key", value).empty());
  }

  TEST_CASE("names that are no header's are refused, and not repeated") {
    for (const auto* name :
         {"",    " ",   "a b", "a:",  ":a",  "a\r\nb", "a\n", "a\t",  "a\x7f", "(a)",
          "a,b", "a/b", "a;b", "a=b", "a@b", "[a]",    "{a}", "a\"b", "ü",     "a\\b"}) {
      CAPTURE(name);
      CHECK(fault_of_header(name) == "headers.?");
    }
    CHECK(fault_of_header(std::string{"a\0b", 3}) == "headers.?");
    CHECK(fault_of_header(std::string(129, 'a')) == "headers." + std::string(64, 'a'));
  }

  TEST_CASE("values that would break out of their header are refused") {
    for (const auto* value :
         {"a\rb", "a\nb", "a\r\nX-Evil: 1", "\r\n", "\n", "a\r\n\r\nbody", "a\tb", "\x01",
          "\x1b[0m", "\x7f", "ü", "\xff", "a\x85\x62", " a", "a ", " "}) {
      CAPTURE(value);
      CHECK(fault_of_header("X-Key", value) == "headers.X-Key");
    }
    CHECK(fault_of_header("X-Key", std::string{"a\0b", 3}) == "headers.X-Key");
    CHECK(fault_of_header("X-Key", std::string(2'049, 'v')) == "headers.X-Key");
    for (int c = 0; c < 256; ++c) {
      CAPTURE(c);
      const std::string value{'a', static_cast<char>(c), 'b'};
      CHECK(fault_of_header("X-Key", value).empty() == (c >= 0x20 && c < 0x7f));
    }
  }

  TEST_CASE("a header is given once, and there are at most 20") {
    CHECK(fault_of([](auto& x) {
            x.headers = {{"X-Key", "1"}, {"A", "2"}, {"x-kEY", "1"}};
          })
          == "headers.x-kEY");
    CHECK(fault_of([](auto& x) {
            for (int i = 0; i < 21; ++i)
              x.headers.emplace_back("X-" + std::to_string(i), "v");
          })
          == "headers");
  }

  TEST_CASE("numbers out of their range are refused") {
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    for (const double rate :
         {-1.0, -0.001, 0.0009, 1e-300, 10'000.1, 1e300, infinity, -infinity, std::nan("")}) {
      CAPTURE(rate);
      CHECK(fault_of_rate(rate) == "ratePerSecond");
    }
    for (const double rate : {0.0, -0.0, 0.001, 0.5, 1.0, 10'000.0})
      CHECK(fault_of_rate(rate).empty());
    for (const uint32_t n : {0U, 65U, std::numeric_limits<uint32_t>::max()})
      CHECK(fault_of([&](auto& x) { x.max_in_flight = n; }) == "maxInFlight");
    for (const uint32_t n : {1U, 64U})
      CHECK(fault_of([&](auto& x) { x.max_in_flight = n; }).empty());
  }

  TEST_CASE("a retry schedule has at most 20 pauses of a second to a day") {
    CHECK(fault_of_schedule({}).empty());
    CHECK(fault_of_schedule({1s, 86'400s, 1s}).empty());
    for (const auto pause :
         {0s, -1s, 86'401s, std::chrono::seconds::max(), std::chrono::seconds::min()})
      CHECK(fault_of_schedule({1s, pause}) == "retrySchedule");
    CHECK(fault_of_schedule(std::vector<std::chrono::seconds>(21, 1s)) == "retrySchedule");
  }

  TEST_CASE("other fields out of their limits are refused") {
    CHECK(fault_of([](auto& x) { x.company_id = std::string(129, 'c'); }) == "companyId");
    CHECK(fault_of([](auto& x) { x.company_id = "a\nb"; }) == "companyId");
    CHECK(fault_of([](auto& x) { x.company_id.clear(); }).empty());
    CHECK(fault_of([](auto& x) { x.types.resize(101); }) == "types");
    CHECK(fault_of([](auto& x) { x.description = std::string(513, 'd'); }) == "description");
    CHECK(fault_of([](auto& x) { x.description = "\xc3"; }) == "description");
  }

  TEST_CASE("a change sets what is given, and nothing else") {
    auto x = good();
    x.types = {*type_pattern::parse("a.b")};
    x.headers = {{"A", "1"}};
    x.description = "before";
    CHECK(changed(x, {}) == x);
    webhook_change all;
    all.url = "https://b.example";
    all.types.emplace();
    all.ordered = true;
    all.max_in_flight = 1;
    all.rate_per_second = 3.0;
    all.retry = webhook_retry_policy{{7s}};
    all.headers.emplace();
    all.description = "";
    const auto y = changed(x, all);
    CHECK(y.company_id == "acme");
    CHECK(y.url == "https://b.example");
    CHECK(y.types.empty());
    CHECK(y.ordered);
    CHECK(y.max_in_flight == 1);
    CHECK(y.rate_per_second == 3.0);
    CHECK(y.retry.schedule == std::vector<std::chrono::seconds>{7s});
    CHECK(y.headers.empty());
    CHECK(y.description.empty());
    webhook_change one;
    one.ordered = true;
    auto wanted = x;
    wanted.ordered = true;
    CHECK(changed(x, one) == wanted);
  }

  TEST_CASE("a change is checked by what it gives alone") {
    CHECK(check_change({}));
    webhook_change x;
    x.max_in_flight = 65;
    CHECK(check_change(x).error().field == "maxInFlight");
    x = {};
    x.url = "ftp://a.example/";
    CHECK(check_change(x).error().field == "url");
    x.url = "http://a.example/";
    CHECK(check_change(x));
  }

  TEST_CASE("the scheme of a URL tells whether it uses TLS") {
    for (const char* url : {"https://a.example/", "HTTPS://a.example/", "HttpS://a"})
      CHECK(uses_tls(url));
    for (const char* url : {"http://a.example/", "HTTP://https:443/", ""})
      CHECK_FALSE(uses_tls(url));
  }

  TEST_CASE("private targets are granted by an admin of the node only") {
    CHECK(check_grant(true, std::nullopt));
    CHECK(check_grant(false, "acme"));
    const auto refused = check_grant(true, "acme");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::forbidden);
    CHECK(refused.error().field == "privateTargets");
  }

  TEST_CASE("an admin of a company keeps private targets with the same URL only") {
    auto was = good();
    webhook_change x;
    x.private_targets = true;
    CHECK(changed_by(was, x, std::nullopt).private_targets);
    CHECK_FALSE(changed_by(was, x, "acme").private_targets);
    was.private_targets = true;
    x = {};
    x.url = "https://other.example/";
    CHECK(changed_by(was, x, std::nullopt).private_targets);
    CHECK_FALSE(changed_by(was, x, "acme").private_targets);
    CHECK(changed_by(was, x, "acme").url == *x.url);
    x.url = was.url;
    CHECK(changed_by(was, x, "acme").private_targets);
    x.private_targets = false;
    CHECK_FALSE(changed_by(was, x, std::nullopt).private_targets);
  }

  TEST_CASE("a webhook is active while its last call is beyond its sleep") {
    webhook x;
    CHECK_FALSE(x.active());
    x.awake_at = 5;
    x.asleep_at = 4;
    CHECK(x.active());
    x.asleep_at = 5;
    CHECK_FALSE(x.active());
  }
}

} // namespace carillon
