#include "net/sso/role_map.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("net/sso/role_map") {
  namespace {

  sso::role_map map_of(const std::vector<std::string>& lines) {
    auto out = sso::parse_role_map(lines);
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  /// `role@company` of claims, or `none`.
  std::string role_in(const sso::role_map& map, const char* claims, const std::string& path) {
    rapidjson::Document json;
    json.Parse(claims);
    const auto* found = sso::role_of(map, sso::claim_at(json, path));
    if (found == nullptr)
      return "none";
    return std::string{name_of(found->role)} + '@' + found->company_id;
  }

  } // namespace

  TEST_CASE("the first line that fits counts") {
    const auto map = map_of({"ops=admin", "acme=reader@c-1", "cn=x,dc=y=reader", "ops=reader"});
    CHECK(role_in(map, R"({"groups":["acme","ops"]})", "groups") == "admin@");
    CHECK(role_in(map, R"({"groups":["acme"]})", "groups") == "reader@c-1");
    CHECK(role_in(map, R"({"groups":"acme"})", "groups") == "reader@c-1");
    CHECK(role_in(map, R"({"groups":["cn=x,dc=y"]})", "groups") == "reader@");
  }

  TEST_CASE("what is not on the map gives nothing") {
    const auto map = map_of({"ops=admin"});
    for (const char* claims :
         {"{}", R"({"groups":[]})", R"({"groups":"opsx"})", R"({"groups":["OPS"]})",
          R"({"groups":null})", R"({"groups":{"ops":true}})", R"({"groups":[["ops"]]})",
          R"({"groups":[1,true,null]})", R"({"roles":["ops"]})", R"({"groups":"*"})"})
      CHECK(role_in(map, claims, "groups") == "none");
  }

  TEST_CASE("a star is everybody") {
    const auto map = map_of({"ops=admin", "*=reader"});
    CHECK(role_in(map, "{}", "groups") == "reader@");
    CHECK(role_in(map, R"({"groups":"ops"})", "groups") == "admin@");
  }

  TEST_CASE("a claim within others has a pointer, and a name may hold slashes") {
    const auto map = map_of({"ops=admin"});
    CHECK(role_in(map, R"({"realm":{"roles":["ops"]}})", "/realm/roles") == "admin@");
    CHECK(role_in(map, R"({"realm":[{"roles":["ops"]}]})", "/realm/roles") == "none");
    CHECK(role_in(map, R"({"https://x/roles":"ops"})", "https://x/roles") == "admin@");
    CHECK(sso::is_claim_path("/a/b"));
    CHECK(sso::is_claim_path("groups"));
    for (const auto& path : {std::string{}, std::string{"/a~2"}, std::string(257, 'x')})
      CHECK(!sso::is_claim_path(path));
  }

  TEST_CASE("lines that can't be meant are refused") {
    for (const char* line : {"", "ops", "=admin", "ops=king", "ops=", "ops=admin@", "ops=Admin"}) {
      CAPTURE(line);
      const auto out = sso::parse_role_map({line});
      REQUIRE(out.has_error());
      CHECK(out.error().field == "oidc-roles");
    }
    CHECK(sso::parse_role_map({std::string(257, 'x') + "=admin"}).has_error());
    CHECK(sso::parse_role_map(std::vector<std::string>(1'001, "x=admin")).has_error());
  }
}
