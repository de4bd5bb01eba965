#include "base/text/masked.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("base/masked") {
  namespace {

  struct example {
    const char* text;
    const char* shown;
  };

  } // namespace

  TEST_CASE("who connects is masked in URLs, however the password is written") {
    const std::vector<example> all{
      {"postgresql://u:S3cret@h:5432/db", "postgresql://***@h:5432/db"},
      {"postgresql://u:S3?cret@h/db?sslmode=require", "postgresql://***@h/db?sslmode=require"},
      {"postgresql://u:S3#cret@h/db", "postgresql://***@h/db"},
      {"postgresql://u:S3@cret@h/db", "postgresql://***@h/db"},
      {"postgresql://u:S3/cret@h/db", "postgresql://***@h/db"},
      {"postgresql://u:12/S3cret@h/db", "postgresql://***@h/db"},
      {"postgresql://S3cret@h/db", "postgresql://***@h/db"},
      {"postgresql://u:S3 cret@h/db", "postgresql://***@h/db"},
      {"postgresql://u:S3cret/db", "postgresql://***/db"},
      {"smtps://u:S3cret@mail:465", "smtps://***@mail:465"},
      {"http://u:S3?cret@proxy:3128", "http://***@proxy:3128"},
      {"HTTPS://u:S3/cret@proxy", "HTTPS://***@proxy"},
      {"cannot reach \"http://u:S3cret@proxy:1/\": refused",
       "cannot reach \"http://***@proxy:1/\": refused"}};
    for (const auto& x : all)
      CHECK(masked(x.text) == x.shown);
  }

  TEST_CASE("who connects is masked without a scheme as well") {
    CHECK(masked("u:S3cret@proxy:3128") == "***@proxy:3128");
    CHECK(masked("S3cret@proxy:3128") == "***@proxy:3128");
    CHECK(masked("proxy \"u:S3cret@proxy\" is no URL") == "proxy \"***@proxy\" is no URL");
    CHECK(masked("//u:S3@cret@proxy") == "***@proxy");
  }

  TEST_CASE("values of names that mean a secret are masked") {
    const std::vector<example> all{
      {"user=u&password=S3cret&dbname=d", "user=u&password=***&dbname=d"},
      {"user=u&password=S3cret", "user=u&password=***"},
      {"host=h password=S3&cret user=u", "host=h password=*** user=u"},
      {"host=h password='S3 \\'cret' user=u", "host=h password='***' user=u"},
      {"host=h password = S3\\ cret user=u", "host=h password = *** user=u"},
      {"host=h password='S3 cret", "host=h password='***"},
      {"postgresql://h/db?password=S3cret&sslmode=require",
       "postgresql://h/db?password=***&sslmode=require"},
      {"postgresql://h/db?sslmode=require&p%61ssword=S3cret",
       "postgresql://h/db?sslmode=require&p%61ssword=***"},
      {"postgresql://u:S3@h/db?sslpassword=a@b", "postgresql://***@h/db?sslpassword=***"},
      {"jwt-secret = \"S3cret\"", "jwt-secret = \"***\""},
      {"CARILLON_JWT_SECRET=S3cret", "CARILLON_JWT_SECRET=***"},
      {"{\"smtpPassword\": \"S3\\\"cret\", \"x\":1}", "{\"smtpPassword\": \"***\", \"x\":1}"},
      {"GET /?access_token=S3cret#x", "GET /?access_token=***#x"},
      {"Authorization: Bearer S3cret", "Authorization: Bearer ***"},
      {"authorization:S3cret\r\nHost: h", "authorization:***\r\nHost: h"}};
    for (const auto& x : all)
      CHECK(masked(x.text) == x.shown);
  }

  TEST_CASE("what libpq quotes of a connection string is masked") {
    CHECK(masked("missing \"=\" after \"S3cret\" in connection info string")
          == "missing \"=\" after \"***\" in connection info string");
    CHECK(masked("invalid percent-encoded token: \"S3%zz\"")
          == "invalid percent-encoded token: \"***\"");
    CHECK(masked("invalid port number: \"S3\"cret\"\n") == "invalid port number: \"***\"\n");
    CHECK(masked("invalid integer value \"S3\" for connection option \"port\"\n").find("S3")
          == std::string::npos);
    CHECK(masked("unexpected character \"x\" in position 9 in URI (expected \":\" or \"/\"): "
                 "\"postgresql://u:S3cret@[::1]x/d\"")
            .find("S3")
          == std::string::npos);
  }

  TEST_CASE("what holds no secret stays as it is") {
    for (const auto* text :
         {"", "sqlite:///var/lib/carillon", "postgresql://h1:1,h2:2/db?target_session_attrs=any",
          "https://example.com/@user", "http://localhost:8080/a@b", "http://[::1]:80/x",
          "write to bob@example.org", "mailto:bob:x@example.org", "the token is expired",
          "password authentication failed for user \"carillon\"", "passfile=/home/u/.pgpass",
          "connection to server at \"10.0.0.9\", port 5432 failed: Connection refused",
          "key \"password\": not known", "postgresql:///db?host=/var/run/postgresql"})
      CHECK(masked(text) == text);
  }

  TEST_CASE("no secret is left, whatever is before it") {
    std::random_device device;
    const auto seed = device();
    INFO("seed ", seed);
    std::mt19937 random{seed};
    const std::vector<std::string> parts{"postgresql://",
                                         "http://",
                                         "u",
                                         ":",
                                         "@",
                                         "/",
                                         "?",
                                         "&",
                                         "password",
                                         "=",
                                         "'",
                                         "\"",
                                         "\\",
                                         " ",
                                         "\n",
                                         "%",
                                         "%61",
                                         "***",
                                         "#",
                                         "host",
                                         "[::1]",
                                         ",",
                                         "5432",
                                         "secret: ",
                                         "=",
                                         "token",
                                         "\0",
                                         "é",
                                         "missing \"=\" after \""};
    for (int round = 0; round < 20'000; ++round) {
      std::string text;
      for (auto n = random() % 12; n > 0; --n)
        text += parts[random() % parts.size()];
      CAPTURE(text);
      // Nothing continues past the end of a line, except an open quote.
      const auto put = "x\npostgresql://u:S3cret" + std::to_string(random() % 10) + "@h/d";
      REQUIRE(masked(text + put).find("S3cret") == std::string::npos);
      REQUIRE(masked(text + "\nhost=h password=S3cret").find("S3cret") == std::string::npos);
    }
  }
}
