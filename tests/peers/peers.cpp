#include "tests/peers/peers.hpp"

#include "messages/codec/codec.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

namespace carillon::test {

namespace {

void append_member(std::string& out, const char* name, const std::string& value) {
  out += out.empty() ? "{\"" : ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

std::string line_of(const message& x) {
  std::string out;
  append_member(out, "secret", x.secret);
  append_member(out, "id", x.id);
  append_member(out, "timestamp", std::to_string(x.time));
  append_member(out, "signature", x.signature);
  append_member(out, "body", x.body);
  return out + "}\n";
}

/// Expected output of `verify.mjs` for it.
std::string expected_line(const message& x) {
  const std::string verdict = x.valid ? "valid" : "refused";
  if (x.secret.starts_with("whpk_"))
    return "node=" + verdict;
  return "standardwebhooks=" + verdict + " svix=" + verdict;
}

std::string contents(const std::string& file) {
  std::ifstream in{file};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

} // namespace

void check_all(const std::vector<message>& messages) {
  const temporary_directory dir;
  const auto file = dir.path() + "/messages";
  const auto log = dir.path() + "/log";
  {
    std::ofstream out{file, std::ios::binary};
    for (const auto& x : messages)
      out << line_of(x);
  }
  process node{"/usr/bin/env", {"node", CARILLON_VERIFY_SCRIPT, CARILLON_NPM_DIR, file}, log};
  for (const auto& x : messages) {
    const auto line = node.read_line();
    REQUIRE_MESSAGE(line.has_value(), contents(log));
    CAPTURE(x.signature);
    CAPTURE(x.body);
    CHECK(*line == expected_line(x));
  }
  CHECK_FALSE(node.read_line().has_value());
  CHECK(node.wait() == 0);
}

} // namespace carillon::test
