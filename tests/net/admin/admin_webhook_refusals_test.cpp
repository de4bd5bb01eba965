#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_answer;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_webhook_refusals") {

  namespace {

  constexpr const char* list_path = "/api/events/webhooks";
  constexpr const char* one_path = "/api/events/webhooks/1";

  /// An invalid member, and the field that the failure names.
  struct entry {
    std::string member;
    std::string field;
  };

  std::string repeated(size_t n, const std::string& item) {
    std::string out = item;
    for (size_t i = 1; i < n; ++i)
      out += ',' + item;
    return out;
  }

  std::vector<entry> bad_urls() {
    std::vector<entry> out;
    for (const std::string url :
         {"", "a.example", "/in", "ftp://a.example/", "javascript:alert(1)", "https://",
          "https:///in", "https://:443/", "https://user:pw@a.example/", "https://user@a.example/",
          "https://a.example/#part", "https://a.example/a b", "https://a.example/\\r\\nX-A: b",
          "https://a.example/ä", "https://a.example/<x>", " https://a.example/"})
      out.push_back({R"("url":")" + url + '"', "url"});
    out.push_back({R"("url":"https://a.example/)" + std::string(2'040, 'x') + '"', "url"});
    for (const std::string value : {"null", "1", "true", "[]", "{}"})
      out.push_back({R"("url":)" + value, "url"});
    return out;
  }

  std::vector<entry> bad_headers() {
    std::vector<entry> out;
    for (const std::string name : {"Host",
                                   "host",
                                   "Content-Type",
                                   "content-length",
                                   "Content-Encoding",
                                   "webhook-id",
                                   "Webhook-Signature",
                                   "WEBHOOK-TIMESTAMP",
                                   "carillon-x",
                                   "svix-id",
                                   "Connection",
                                   "Transfer-Encoding",
                                   "TE",
                                   "Trailer",
                                   "Upgrade",
                                   "Expect",
                                   "Keep-Alive",
                                   "Proxy-Connection",
                                   "Proxy-Authorization",
                                   "User-Agent",
                                   "Accept-Encoding",
                                   "Date"})
      out.push_back({R"("headers":{")" + name + R"(":"x"})", "headers." + name});
    for (const std::string name :
         {"", " ", "X A", "X:A", "X\\r\\nHost", "X\\t", "Ä", "(x)", "X\\\"A"})
      out.push_back({R"("headers":{")" + name + R"(":"x"})", "headers.?"});
    for (const std::string value :
         {"a\\r\\nX-B: c", "a\\nX-B: c", "a\\rb", "\\t", "a\\u0001", "\\u007f", "ä", " a", "a "})
      out.push_back({R"("headers":{"X-A":")" + value + R"("})", "headers.X-A"});
    out.push_back({R"("headers":{"X-A":")" + std::string(2'049, 'v') + R"("})", "headers.X-A"});
    out.push_back({R"("headers":{"X-A":"1","x-a":"2"})", "headers.x-a"});
    // Written back as it was read.
    out.push_back({R"("headers":{"X-A":"***"})", "headers"});
    std::string many;
    for (int i = 0; i < 21; ++i)
      many += (i > 0 ? ",\"X-" : "\"X-") + std::to_string(i) + R"(":"x")";
    out.push_back({R"("headers":{)" + many + '}', "headers"});
    for (const std::string value :
         {"null", "1", "[]", R"("X-A: b")", R"({"X-A":null})", R"({"X-A":1})", R"({"X-A":["b"]})"})
      out.push_back({R"("headers":)" + value, "headers"});
    return out;
  }

  std::vector<entry> bad_numbers() {
    std::vector<entry> out;
    for (const std::string value : {"0", "65", "-1", "1.5", "1e1", "4294967296", "null", R"("8")"})
      out.push_back({R"("maxInFlight":)" + value, "maxInFlight"});
    for (const std::string value :
         {"-1", "-0.5", "0.0009", "1e-310", "10000.5", "1e300", "null", R"("1")", "[]"})
      out.push_back({R"("ratePerSecond":)" + value, "ratePerSecond"});
    for (const std::string value : {"null", "60", R"("60")", "[0]", "[86401]", "[-1]", "[1.5]",
                                    R"(["60"])", "[null]", "[[60]]", "{}"})
      out.push_back({R"("retrySchedule":)" + value, "retrySchedule"});
    out.push_back({R"("retrySchedule":[)" + repeated(21, "60") + ']', "retrySchedule"});
    return out;
  }

  /// Members that neither registration nor change accepts.
  std::vector<entry> bad_settings() {
    auto out = bad_urls();
    auto add = [&](std::vector<entry> more) { out.insert(out.end(), more.begin(), more.end()); };
    add(bad_headers());
    add(bad_numbers());
    for (const std::string value :
         {"null", R"("order.*")", "{}", "[1]", "[null]", R"([""])", R"(["Order.*"])",
          R"(["order"])", R"(["*.created"])", R"(["order.*.x"])", R"(["order.*,user.*"])"})
      out.push_back({R"("types":)" + value, "types"});
    out.push_back({R"("types":[)" + repeated(101, R"("*")") + ']', "types"});
    for (const std::string value : {"null", "1", R"("true")", "[]"})
      out.push_back({R"("ordered":)" + value, "ordered"});
    for (const std::string value : {"null", "1", "[]"})
      out.push_back({R"("description":)" + value, "description"});
    out.push_back({R"("description":")" + std::string(513, 'd') + '"', "description"});
    for (const std::string name : {"id", "enabled", "disabledReason", "createdAt", "status", "Url",
                                   "max_in_flight", "retry", "secrets", ""})
      out.push_back({'"' + name + "\":7", name});
    return out;
  }

  void check_refused(const admin_answer& x, const std::string& field) {
    CHECK(x.status == 400);
    CHECK(x.code() == "invalid_argument");
    CHECK(x.text("/field") == field);
  }

  } // namespace

  TEST_CASE("settings that cannot work are refused at registration, by their name") {
    admin_fixture f;
    for (const auto& x : bad_settings()) {
      CAPTURE(x.member);
      auto url = x.member.starts_with(R"("url")") ? "" : R"("url":"https://a.example/",)";
      check_refused(f.post(list_path, std::string{"{"} + url + x.member + '}'), x.field);
    }
    CHECK(f.data.created_webhooks.empty());
  }

  TEST_CASE("settings that cannot work are refused in a change, by their name") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    auto all = bad_settings();
    // Are set once.
    all.push_back({R"("companyId":"B")", "companyId"});
    all.push_back({R"("secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")", "secret"});
    all.push_back({R"("kind":"hmac")", "kind"});
    for (const auto& x : all) {
      CAPTURE(x.member);
      check_refused(f.patch(one_path, '{' + x.member + '}'), x.field);
    }
    CHECK(f.data.updated_webhooks.empty());
  }

  TEST_CASE("what only a registration has is refused by its name, too") {
    admin_fixture f;
    check_refused(f.post(list_path, "{}"), "url");
    for (const auto& x : std::vector<entry>{
           {R"("companyId":null)", "companyId"},
           {R"("companyId":1)", "companyId"},
           {R"("companyId":"")", "companyId"},
           {R"("companyId":"a\nb")", "companyId"},
           {R"("companyId":")" + std::string(129, 'c') + '"', "companyId"},
           {R"("secret":null)", "secret"},
           {R"("secret":1)", "secret"},
           {R"("secret":"")", "secret"},
           {R"("secret":"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")", "secret"},
           {R"("secret":"whsec_")", "secret"},
           {R"("secret":"whsec_MfKQ9r8GKYo=")", "secret"},
           {R"("secret":"whsec_****")", "secret"},
           {R"("secret":"whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")", "secret"},
           {R"("kind":null)", "kind"},
           {R"("kind":"rsa")", "kind"},
           {R"("kind":"ed25519_public")", "kind"},
           {R"("kind":"hmac","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")", "kind"}}) {
      CAPTURE(x.member);
      check_refused(f.post(list_path, R"({"url":"https://a.example/",)" + x.member + '}'), x.field);
    }
    CHECK(f.data.created_webhooks.empty());
  }

  TEST_CASE("a body that is no JSON object is refused") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    for (const auto* body :
         {"[]", "1", "null", "{", R"({"url":"a","url":"b"})", R"({"url":"\u0000"})",
          R"({"ratePerSecond":1e999})", R"({"ratePerSecond":NaN})"}) {
      CAPTURE(body);
      CHECK(f.post(list_path, body).code() == "malformed_json");
      CHECK(f.patch(one_path, body).code() == "malformed_json");
      CHECK(f.post(std::string{one_path} + "/recover", body).code() == "malformed_json");
      CHECK(f.post(std::string{one_path} + "/rotate-secret", body).code() == "malformed_json");
    }
    for (const auto* path : {"", "/1/recover", "/1/rotate-secret"})
      CHECK(f.send("POST", std::string{list_path} + path, f.admin, "{}",
                   {{"Content-Type", "text/plain"}})
              .status
            == 415);
    CHECK(f.send("PATCH", one_path, f.admin, "{}", {{"Content-Type", "text/plain"}}).status == 415);
    CHECK(f.send("DELETE", one_path, f.admin, "{}").status == 400);
    CHECK(f.data.webhooks.size() == 1);
  }

  TEST_CASE("a rotation that cannot be is refused by its field") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    for (const auto& x : std::vector<entry>{{R"("graceSeconds":-1)", "graceSeconds"},
                                            {R"("graceSeconds":604801)", "graceSeconds"},
                                            {R"("graceSeconds":1.5)", "graceSeconds"},
                                            {R"("graceSeconds":"1")", "graceSeconds"},
                                            {R"("graceSeconds":null)", "graceSeconds"},
                                            {R"("secret":"")", "secret"},
                                            {R"("secret":null)", "secret"},
                                            {R"("secret":"whsec_short")", "secret"},
                                            {R"("kind":"hmac")", "kind"}}) {
      CAPTURE(x.member);
      check_refused(f.post(std::string{one_path} + "/rotate-secret", '{' + x.member + '}'),
                    x.field);
    }
    CHECK(f.data.stamps.empty());
  }

  TEST_CASE("a recovery that cannot be is refused by its field") {
    admin_fixture f;
    test::add_webhook(f.data, 1, "A");
    const std::string since = R"("since":"2026-11-01T00:00:00Z")";
    for (const auto& x : std::vector<entry>{{"", "since"},
                                            {R"("until":"2026-11-01T00:00:00Z")", "since"},
                                            {R"("since":null)", "since"},
                                            {R"("since":1)", "since"},
                                            {R"("since":"yesterday")", "since"},
                                            {R"("since":"2026-13-01T00:00:00Z")", "since"},
                                            {since + R"(,"until":"then")", "until"},
                                            {since + R"(,"until":null)", "until"},
                                            {since + R"(,"until":"2026-11-01T00:00:00Z")", "until"},
                                            {since + R"(,"until":"2026-10-01T00:00:00Z")", "until"},
                                            {since + R"(,"limit":1)", "limit"}}) {
      CAPTURE(x.member);
      check_refused(f.post(std::string{one_path} + "/recover", '{' + x.member + '}'), x.field);
    }
    CHECK(f.data.stamps.empty());
  }
}
