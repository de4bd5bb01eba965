#include "node/options/options.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <set>

#include <sys/stat.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/options") {
  namespace {

  /// An environment of its own for each test.
  environment with(option_values variables) {
    return [variables = std::move(variables)](const std::string& name) -> const char* {
      auto i = variables.find(name);
      return i != variables.end() ? i->second.c_str() : nullptr;
    };
  }

  const environment nothing = with({});

  struct fixture {
    test::temporary_directory dir;
    std::string path = dir.path() + "/carillon.toml";

    expected<option_values> read(const std::string& text) {
      std::ofstream{path} << text;
      return read_option_file(path);
    }
  };

  /// The error text; empty if the options are valid.
  std::string refusal(const option_values& flags, const environment& env = nothing,
                      const option_values& file = {}) {
    auto out = resolve_options(flags, env, file);
    return out ? std::string{} : out.error().detail;
  }

  } // namespace

  TEST_CASE("flags come before the environment, the environment before the file") {
    option_values flags{{"readers", "3"}};
    auto env = with({{"CARILLON_READERS", "4"}, {"CARILLON_PIPELINE", "5"}});
    option_values file{{"readers", "6"}, {"pipeline", "7"}, {"data-threads", "8"}};
    auto all = resolve_options(flags, env, file);
    REQUIRE(all);
    CHECK(all->node.engine.readers == 3);
    CHECK(all->node.data.pipeline == 5);
    CHECK(all->node.data.threads == 8);
    CHECK(all->node.data.max_connections == 12'000);
  }

  TEST_CASE("the portal may be shown by origins and by nothing else") {
    auto some = resolve_options({{"portal-origins", "https://app.example,http://*.b.example:8080"}},
                                nothing, {});
    REQUIRE(some);
    CHECK(some->node.admin.portal.origins
          == std::vector<std::string>{"https://app.example", "http://*.b.example:8080"});
    for (const auto* bad : {"*", "https://app.example/", "app.example", "https://app.example; x",
                            "https://app.example 'self'", "https://*"}) {
      CAPTURE(bad);
      CHECK(refusal({{"portal-origins", bad}}).find("is no origin") != std::string::npos);
    }
    CHECK_FALSE(refusal({{"portal-endpoints", "0"}}).empty());
  }

  TEST_CASE("an empty variable counts as none") {
    auto all = resolve_options({}, with({{"CARILLON_READERS", ""}}), {});
    REQUIRE(all);
    CHECK(all->node.engine.readers == 2);
  }

  TEST_CASE("each option takes its own default, and is named once") {
    std::set<std::string> names;
    const serve_options standard;
    for (const auto& spec : option_table()) {
      CAPTURE(spec.name);
      CHECK(names.insert(spec.name).second);
      CHECK_FALSE(spec.meaning.empty());
      serve_options changed;
      CHECK(spec.set(changed, spec.get(standard)));
      CHECK(spec.get(changed) == spec.get(standard));
    }
  }

  TEST_CASE("a value that does not fit is refused with where it came from") {
    CHECK(refusal({{"readers", "0"}}).starts_with("--readers: '0' is not"));
    CHECK(refusal({}, with({{"CARILLON_LISTEN", "x"}})).starts_with("CARILLON_LISTEN: 'x' is not"));
    CHECK(refusal({}, nothing, {{"cache-bytes", "1"}}).starts_with("cache-bytes in the file: '1'"));
    CHECK_FALSE(refusal({{"shutdown-deadline", "10"}}).empty());
    CHECK_FALSE(refusal({{"log-format", "xml"}}).empty());
    CHECK_FALSE(refusal({{"log-level", "loud"}}).empty());
    CHECK_FALSE(refusal({{"audit-types", "Order"}}).empty());
    CHECK_FALSE(refusal({{"dev", "perhaps"}}).empty());
    CHECK(refusal({{"witness", "a,b,c,d,e,f,g,https://h"}}).empty());
    CHECK(refusal({{"witness", "a,b,c,d,e,f,g,h,i"}}).find("at most 8 witnesses")
          != std::string::npos);
    CHECK_FALSE(refusal({{"alert-disk-free", "100"}}).empty());
  }

  TEST_CASE("without a key only loopback is listened on") {
    CHECK(refusal({{"dev", "true"}}).empty());
    CHECK(refusal({{"dev", "true"}, {"listen", "[::1]:0"}}).empty());
    CHECK(refusal({{"listen", "0.0.0.0:0"}, {"insecure", "true"}}).empty());
    CHECK(refusal({{"dev", "true"}, {"listen", "0.0.0.0:0"}}).find("loopback")
          != std::string::npos);
    CHECK_FALSE(refusal({{"dev", "true"}, {"admin-listen", "192.0.2.1:7071"}}).empty());
  }

  TEST_CASE("a standby has a database that another node may have") {
    CHECK(refusal({{"standby", "true"}, {"store", "postgresql://u@h/d"}}).empty());
    for (const auto* store : {"", "sqlite:///d"})
      CHECK(refusal({{"standby", "true"}, {"store", store}}).find("--store postgresql://")
            != std::string::npos);
    CHECK(refusal({{"standby", "false"}}).empty());
    const option_values follows{
      {"standby", "true"}, {"follow", "true"}, {"store", "postgresql://u@h/d"}};
    CHECK(refusal(follows).empty());
    CHECK(resolve_options(follows, nothing, {})->follow);
    CHECK(refusal({{"follow", "true"}, {"store", "postgresql://u@h/d"}}).find("--standby")
          != std::string::npos);
    CHECK(refusal({{"follow", "true"}, {"standby", "true"}}).find("--store postgresql://")
          != std::string::npos);
    CHECK(refusal({{"node-name", "db-1.example_com"}}).empty());
    CHECK(resolve_options({{"node-name", "a"}}, nothing, {})->node.engine.storage.node.name == "a");
    for (const auto& name :
         {std::string{"a b"}, std::string{"a/b"}, std::string{"'"}, std::string(41, 'x')})
      CHECK(refusal({{"node-name", name}}).find("node-name") != std::string::npos);
  }

  TEST_CASE("a sign-in needs a provider, a client and roles, and lets nobody in by accident") {
    const option_values right{{"oidc-issuer", "https://id.example/realm"},
                              {"oidc-client-id", "carillon"},
                              {"oidc-roles", "ops=admin,*=reader@c-1"}};
    CHECK(refusal(right).empty());
    const auto but = [&](const char* name, const std::string& value) {
      auto x = right;
      x[name] = value;
      return refusal(x);
    };
    for (const auto& [name, value] : std::vector<std::pair<const char*, const char*>>{
           {"oidc-issuer", "http://id.example"},
           {"oidc-issuer", "id.example"},
           {"oidc-issuer", "https://id.example/?x=y"},
           {"oidc-client-id", ""},
           {"oidc-roles", ""},
           {"oidc-roles", "ops=king"},
           {"oidc-roles", "ops"},
           {"oidc-roles-claim", ""},
           {"oidc-roles-claim", "/a~2"},
           {"oidc-scopes", "profile"},
           {"oidc-audience", "carillon"},
           {"oidc-page-url", "https://ops.example/page"},
           {"oidc-page-url", "http://ops.example"},
           {"oidc-page-url", "ops.example"},
           {"oidc-session", "1s"},
           {"oidc-leeway", "1h"}}) {
      CAPTURE(name);
      CAPTURE(value);
      CHECK(but(name, value).find(name) != std::string::npos);
    }
    auto both = right;
    both["oidc-client-secret"] = "x";
    both["oidc-client-secret-file"] = "y";
    CHECK(!refusal(both).empty());
    for (const char* url :
         {"https://ops.example", "https://ops.example:8443", "http://localhost:1"})
      CHECK(but("oidc-page-url", url).empty());
    CHECK(but("oidc-issuer", "http://127.0.0.1:9000").empty());
    // Without an issuer the others do nothing.
    CHECK(refusal({{"oidc-client-id", "x"}}).empty());
  }

  TEST_CASE("off loopback a port needs TLS, or a word that something else does it") {
    for (const char* option : {"listen", "admin-listen"}) {
      CAPTURE(option);
      CHECK(refusal({{option, "0.0.0.0:0"}}).starts_with("--" + std::string{option} + ": 0.0.0.0"));
      CHECK(refusal({{option, "[::]:0"}}).find("--insecure") != std::string::npos);
      CHECK(refusal({{option, "127.0.0.1:0"}}).empty());
      CHECK(refusal({{option, "0.0.0.0:0"}, {"insecure", "true"}}).empty());
      CHECK(refusal({{option, "0.0.0.0:0"}, {"tls-cert", "a"}, {"tls-key", "b"}}).empty());
    }
    const option_values admin{{"admin-tls-cert", "a"}, {"admin-tls-key", "b"}};
    auto off = admin;
    off.emplace("admin-listen", "0.0.0.0:0");
    CHECK(refusal(off).empty());
    off.emplace("listen", "0.0.0.0:0");
    CHECK(refusal(off).starts_with("--listen"));
  }

  TEST_CASE("a certificate has its key, and clients show theirs to a port with TLS only") {
    CHECK(refusal({{"tls-cert", "a"}}).find("--tls-key") != std::string::npos);
    CHECK(refusal({{"tls-key", "a"}}).find("--tls-cert") != std::string::npos);
    CHECK(refusal({{"admin-tls-cert", "a"}}).find("--admin-tls-key") != std::string::npos);
    CHECK_FALSE(refusal({{"tls-client-ca", "a"}}).empty());
    CHECK_FALSE(refusal({{"admin-tls-client-ca", "a"}}).empty());
    const option_values both{{"tls-cert", "a"}, {"tls-key", "b"}};
    CHECK(refusal(both).empty());
    auto admin = both;
    admin.emplace("admin-tls-client-ca", "c");
    CHECK(refusal(admin).empty());
  }

  TEST_CASE("the port for CAF processes is off unless it is named, and needs TLS off loopback") {
    CHECK_FALSE(resolve_options({}, nothing, {})->node.remote.port);
    CHECK(resolve_options({{"caf-port", "0"}}, nothing, {})->node.remote.port == 0);
    CHECK(resolve_options({{"caf-port", "7072"}}, nothing, {})->node.remote.port == 7072);
    CHECK_FALSE(refusal({{"caf-port", "65536"}}).empty());
    // Without the port its options have no effect.
    CHECK(refusal({{"caf-address", "0.0.0.0"}}).empty());
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
      CHECK(refusal({{"caf-port", "0"}, {"caf-address", host}}).empty());
    for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "example.com", ""})
      CHECK(refusal({{"caf-port", "0"}, {"caf-address", host}}).find("--caf-certificate")
            != std::string::npos);
    option_values all{{"caf-port", "0"},
                      {"caf-address", "0.0.0.0"},
                      {"caf-certificate", "a"},
                      {"caf-key", "b"},
                      {"caf-ca", "c"}};
    CHECK(refusal(all).empty());
    for (const char* left_out : {"caf-certificate", "caf-key", "caf-ca"}) {
      auto some = all;
      some.erase(left_out);
      CHECK(refusal(some).starts_with("--" + std::string{left_out}));
    }
    all.emplace("dev", "true");
    CHECK(refusal(all).find("loopback") != std::string::npos);
  }

  TEST_CASE("the store is in the data directory unless it is named") {
    CHECK(resolve_options({}, nothing, {})->node.engine.storage.url == "sqlite://data");
    CHECK(resolve_options({{"data-dir", "/x"}}, nothing, {})->node.engine.storage.url
          == "sqlite:///x");
    CHECK(resolve_options({{"store", "sqlite://y"}, {"data-dir", "/x"}}, nothing, {})
            ->node.engine.storage.url
          == "sqlite://y");
  }

  TEST_CASE("unknown types are let in at the port and in the engine alike") {
    auto all = resolve_options({{"accept-unknown-types", "true"}}, nothing, {});
    REQUIRE(all);
    CHECK(all->node.data.accept_unknown_types);
    CHECK(all->node.engine.accept_unknown_types);
  }

  TEST_CASE("an empty list turns a handler off") {
    CHECK(resolve_options({{"audit-types", ""}}, nothing, {})->node.engine.audit_types.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a file holds values, lists and switches") {
    auto values = read("# a comment\n"
                       "listen = \"127.0.0.1:1\"\n"
                       "readers = 3   # another\n"
                       "dev = true\n"
                       "\n"
                       "audit-types = [\"order.*\", \"user.login\"]\n"
                       "metrics-types = []\n"
                       "shutdown-deadline = '3s'\n"
                       "data-dir = \"a b, c\"\n");
    REQUIRE(values);
    auto all = resolve_options({}, nothing, *values);
    REQUIRE_MESSAGE(all, all.error().detail);
    CHECK(all->node.data.port == 1);
    CHECK(all->node.engine.readers == 3);
    CHECK(all->node.dev);
    CHECK(all->node.engine.audit_types == std::vector<std::string>{"order.*", "user.login"});
    CHECK(all->node.engine.metrics_types.empty());
    CHECK(all->shutdown_deadline == 3s);
    CHECK(all->data_dir == "a b, c");
  }

  TEST_CASE_FIXTURE(fixture, "a file is TOML 1.0: its strings mean what they say") {
    const std::vector<std::pair<const char*, const char*>> texts{
      {R"("a#b, c = [d] 'e'")", "a#b, c = [d] 'e'"},
      {R"("back\\slash \"quote\" \u00e9 \U0001F600")", "back\\slash \"quote\" é 😀"},
      {R"('C:\temp\new # not a comment')", R"(C:\temp\new # not a comment)"},
      {R"("tab\tline\nend")", "tab\tline\nend"},
      {"\"\"\"\nfirst\nsecond\"\"\"", "first\nsecond"},
      {"'''it''s'''", "it''s"},
      {R"("")", ""}};
    for (const auto& [written, meant] : texts) {
      CAPTURE(written);
      auto values
        = read(std::string{"jwt-secret = "} + written + " # comment\r\n\"data-dir\" = 'x'\n");
      REQUIRE_MESSAGE(values, values.error().detail);
      CHECK(values->at("jwt-secret") == meant);
      CHECK(values->at("data-dir") == "x");
    }
    CHECK(read("\xef\xbb\xbfreaders = 3\n")->at("readers") == "3");
    CHECK(read("readers = 1_0\n")->at("readers") == "10");
    CHECK(read("readers = 0x10\n")->at("readers") == "16");
    CHECK(read("cache-bytes = 1048576\n")->at("cache-bytes") == "1048576");
    CHECK(read("audit-types = [\n  'order.*', # ours\n  'user.login',\n]\n")->at("audit-types")
          == "order.*,user.login");
  }

  TEST_CASE_FIXTURE(fixture, "what a file may not hold is refused, with its line") {
    CHECK_FALSE(read_option_file(dir.path() + "/missing"));
    CHECK_FALSE(read_option_file(dir.path()));
    for (const char* bad :
         {"reader = 3\n", "[serve]\nreaders = 3\n", "serve.readers = 3\n", "[[x]]\n",
          "listen = [\"a\", \"b\"]\n", "readers = 1\nreaders = 2\n", "data-dir = \"open\n",
          "data-dir = \"a\\qb\"\n", "nonsense\n", "data-dir = a\n", "readers = 007\n",
          // A number in place of a text would change the value: 0x1F would become 31.
          "jwt-secret = 0x1F\n", "jwt-secret = 1234\n", "data-dir = true\n", "dev = 1\n",
          "readers = 1.5\n", "readers = true\n", "data-dir = 1979-05-27\n",
          "data-dir = { a = 1 }\n", "data-dir = \"a\\u0000b\"\n", "audit-types = ['a,b']\n",
          "audit-types = [1]\n", "audit-types = [['order.*']]\n", "data-dir = '\xff'\n"}) {
      CAPTURE(bad);
      auto values = read(bad);
      REQUIRE_FALSE(values);
      CHECK_MESSAGE(values.error().detail.find(path + ":") != std::string::npos,
                    values.error().detail);
      CHECK(values.error().detail.find('\n') == std::string::npos);
    }
    CHECK(read("\n\nreader = 3\n").error().detail.find(":3:") != std::string::npos);
    CHECK(read("readers = 1\ndata-dir = 5\n").error().detail.find("quotes") != std::string::npos);
  }

  TEST_CASE("what is named as a file is one, or is not there yet") {
    test::temporary_directory dir;
    auto pipe = dir.path() + "/pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    for (const char* name :
         {"jwks-file", "key-file", "webhooks-ca-file", "mail-ca-file", "admin-key-file"}) {
      CAPTURE(name);
      for (const auto& bad : {pipe, dir.path(), std::string{"/dev/null"}}) {
        auto all = resolve_options({{name, bad}}, nothing, {});
        REQUIRE(all);
        auto checked = check_files(*all);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().detail == "--" + std::string{name} + ": " + bad + " is not a file");
      }
      CHECK(check_files(*resolve_options({{name, dir.path() + "/new"}}, nothing, {})));
    }
    CHECK(check_files(*resolve_options({{"log-file", pipe}}, nothing, {})));
  }

  TEST_CASE("secrets are not printed, and what stands for them is no secret") {
    const std::string secret = "a secret of at least thirty-two bytes";
    auto all = resolve_options({{"jwt-secret", secret},
                                {"webhooks-proxy", "http://me:word@proxy.example:3128"},
                                {"log-file", "x@y"}},
                               nothing, {});
    REQUIRE(all);
    CHECK(all->node.tokens.secret == secret);
    auto text = to_toml(*all);
    CAPTURE(text);
    CHECK(text.find("\njwt-secret = \"***\"\n") != std::string::npos);
    CHECK(text.find("\nwebhooks-proxy = \"http://***@proxy.example:3128\"\n") != std::string::npos);
    CHECK(text.find("\nlog-file = \"x@y\"\n") != std::string::npos);
    CHECK(text.find(secret) == std::string::npos);
    CHECK(text.find("word") == std::string::npos);
    CHECK(refusal({}, nothing, {{"jwt-secret", "***"}}).starts_with("jwt-secret in the file: ***"));
    CHECK(refusal({{"jwt-secret", "***"}}).starts_with("--jwt-secret: *** stands for"));
    CHECK_FALSE(refusal({}, with({{"CARILLON_JWT_SECRET", "***"}})).empty());
    // A secret that can be guessed from a token; the message does not repeat it.
    for (const char* guessed : {"a", "secret", "thirty-one bytes are not enough"}) {
      auto why = refusal({}, with({{"CARILLON_JWT_SECRET", guessed}}));
      CAPTURE(why);
      CHECK(why.find("at least 32 bytes") != std::string::npos);
      CHECK(why.find(std::string{"'"} + guessed) == std::string::npos);
    }
    CHECK_FALSE(refusal({{"webhooks-proxy", "http://***@proxy.example:3128"}}).empty());
    CHECK(refusal({{"log-file", "***"}}).empty());
  }

  TEST_CASE("a secret that is not given is printed as none, and a URL without one as it is") {
    auto all = resolve_options(
      {{"webhooks-proxy", "http://proxy.example:3128/a@b"}, {"store", "sqlite:///var/a@b"}},
      nothing, {});
    REQUIRE(all);
    auto text = to_toml(*all);
    CHECK(text.find("\njwt-secret = \"\"\n") != std::string::npos);
    CHECK(text.find("\"http://proxy.example:3128/a@b\"") != std::string::npos);
    CHECK(text.find("\"sqlite:///var/a@b\"") != std::string::npos);
  }

  TEST_CASE("passwords in URLs are not printed, wherever they are, nor in a refusal") {
    for (const char* url : {"postgresql://h/db?password=S3cret", "postgresql://u:S3cret@h/db",
                            "postgresql://u:S3?cret@h/db",
                            "postgresql://u@h/db?sslpassword=S3cret&sslmode=require"}) {
      CAPTURE(url);
      auto all = resolve_options({{"store", url}}, nothing, {});
      REQUIRE(all);
      for (const auto& text : {to_toml(*all), to_json(*all)}) {
        CHECK(text.find("S3") == std::string::npos);
        CHECK(text.find("***") != std::string::npos);
      }
    }
    CHECK(refusal({{"mail", "smtp://u:S3cret@h:99999"}}).find("S3cret") == std::string::npos);
    CHECK_FALSE(refusal({{"mail", "smtp://u:S3cret@h:99999"}}).empty());
    CHECK_FALSE(refusal({{"store", "postgresql://h/db?password=***"}}).empty());
  }

  TEST_CASE("the options as JSON are one object with their types") {
    auto all = resolve_options(
      {{"dev", "true"}, {"data-dir", "a\"b\xff"}, {"jwt-secret", std::string(32, 'x')}}, nothing,
      {});
    REQUIRE(all);
    rapidjson::Document x;
    x.Parse(to_json(*all).c_str());
    REQUIRE(x.IsObject());
    CHECK(x["dev"].IsTrue());
    CHECK(x["readers"].GetInt() == 2);
    CHECK(std::string{x["data-dir"].GetString()} == "a\"b\xef\xbf\xbd");
    CHECK(std::string{x["jwt-secret"].GetString()} == "***");
    CHECK(std::string{x["audit-types"][0].GetString()} == "security.*");
    CHECK(std::string{x["idle-timeout"].GetString()} == "1m");
    CHECK(x.MemberCount() == option_table().size());
  }

  TEST_CASE("the settings in force are all options, with their defaults and without secrets") {
    auto all = resolve_options({{"admin-threads", "3"},
                                {"jwt-secret", std::string(32, 'x')},
                                {"store", "postgresql://u:S3cret@h/d"},
                                {"witness", "/w/notes,https://w.test/append?token=S3cret,"
                                            "https://u:S3cret@chat.test:8443/S3cret/hook,"
                                            "https://plain.test,https://x.test?S3cret"},
                                {"sessions-origins", "https://a.test,*"}},
                               nothing, {});
    REQUIRE(all);
    std::map<std::string, shown_setting> found;
    for (const auto& x : settings_in_force(*all))
      found[x.name] = x;
    CHECK(found.size() == option_table().size());
    CHECK(found["admin-threads"].value == "3");
    CHECK(found["admin-threads"].standard == "8");
    CHECK(found["admin-threads"].group == "Admin port");
    CHECK_FALSE(found["admin-threads"].meaning.empty());
    CHECK(found["jwt-secret"].value == "***");
    CHECK(found["jwt-secret"].standard.empty());
    CHECK(found["store"].value.find("S3cret") == std::string::npos);
    // Of a witness who it is: its path may be the secret.
    CHECK(found["witness"].value
          == "/w/notes,https://w.test/***,https://***@chat.test:8443/***,https://plain.test,"
             "https://x.test/***");
    CHECK(found["sessions-origins"].value == "https://a.test,*");
  }

  TEST_CASE("traces go where a collector can be, and a refusal does not show its key") {
    auto all = resolve_options({{"otlp-endpoint", "http://127.0.0.1:4318"},
                                {"otlp-headers", "x-key=S3cret,b=c%20d"},
                                {"otlp-sample-ratio", "0.25"}},
                               nothing, {});
    REQUIRE(all);
    CHECK(all->node.engine.traces.ratio == 0.25);
    CHECK(all->node.engine.traces.headers.size() == 2);
    CHECK(to_toml(*all).find("S3cret") == std::string::npos);
    CHECK(to_toml(*all).find("\notlp-sample-ratio = \"0.25\"\n") != std::string::npos);
    for (const char* endpoint : {"ftp://127.0.0.1:4318", "127.0.0.1:4318", "http://", "http://h:0"})
      CHECK_FALSE(refusal({{"otlp-endpoint", endpoint}}).empty());
    for (const char* ratio : {"-0.1", "1.1", "nan", "inf", "half", "", "0.5x"})
      CHECK_FALSE(refusal({{"otlp-sample-ratio", ratio}}).empty());
    for (const char* headers : {"S3cret", "x-key=S3cret%0a", "a b=S3cret"}) {
      CHECK_FALSE(refusal({{"otlp-headers", headers}}).empty());
      CHECK(refusal({{"otlp-headers", headers}}).find("S3cret") == std::string::npos);
    }
  }

  TEST_CASE("whatever is named like a secret is one") {
    for (const auto& spec : option_table()) {
      CAPTURE(spec.name);
      auto is_file = spec.unit == "FILE";
      for (const auto* word : {"secret", "password", "token", "key"})
        // A number or a switch is not a secret.
        if (spec.name.find(word) != std::string::npos && !is_file && !spec.unit.empty()
            && spec.unit != "N")
          CHECK(spec.is_secret);
      if (spec.is_secret) {
        serve_options x;
        // With a name, as header fields have one.
        REQUIRE(spec.set(x, "name=not to be seen by anybody at all"));
        CHECK(to_toml(x).find("not to be seen") == std::string::npos);
      }
    }
  }

  TEST_CASE_FIXTURE(fixture, "the printed options give the same options again") {
    auto all = resolve_options({{"dev", "true"},
                                {"listen", "[::1]:7"},
                                {"data-dir", "a 'b'\\c\"d\"\t#é"},
                                {"audit-types", "order.*,user.login"},
                                {"metrics-types", ""},
                                {"cache-bytes", "1048577"},
                                {"idle-timeout", "1500ms"},
                                {"log-file", "log of, carillon"}},
                               nothing, {});
    REQUIRE(all);
    auto text = to_toml(*all);
    CAPTURE(text);
    auto values = read(text);
    REQUIRE_MESSAGE(values, values.error().detail);
    auto again = resolve_options({}, nothing, *values);
    REQUIRE_MESSAGE(again, again.error().detail);
    for (const auto& spec : option_table()) {
      CAPTURE(spec.name);
      CHECK(spec.get(*again) == spec.get(*all));
    }
  }

  TEST_CASE_FIXTURE(
    fixture,
    "the template sets options that differ from their default, and has the others as comments") {
    auto x
      = resolve_options({{"data-dir", "/var/lib/carillon"}, {"jwt-issuer", "me"}}, nothing, {});
    REQUIRE(x);
    auto text = to_template(*x);
    CAPTURE(text);
    auto values = read(text);
    REQUIRE_MESSAGE(values, values.error().detail);
    CHECK(*values == option_values{{"data-dir", "/var/lib/carillon"}, {"jwt-issuer", "me"}});
    // Each line that is commented out is a valid one.
    const serve_options standard;
    for (const auto& spec : option_table()) {
      CAPTURE(spec.name);
      auto at = text.find("\n#" + spec.name + " = ");
      if (values->contains(spec.name))
        continue;
      REQUIRE(at != std::string::npos);
      auto line = text.substr(at + 2, text.find('\n', at + 1) - at - 2);
      auto alone = read(line);
      REQUIRE_MESSAGE(alone, alone.error().detail);
      auto same = resolve_options({}, nothing, *alone);
      REQUIRE_MESSAGE(same, same.error().detail);
      CHECK(spec.get(*same) == spec.get(standard));
    }
  }
}
