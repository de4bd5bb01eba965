#include "tests/peers/smtp_peer.hpp"

#include "messages/codec/codec.hpp"

#include <doctest/doctest.h>

namespace carillon::test {

namespace {

void append_member(std::string& out, const char* name, const std::string& value) {
  if (value.empty())
    return;
  out += std::string{",\""} + name + "\":";
  append_json_string(out, value);
}

std::string text_of(const smtp_peer::options& x) {
  std::string out = "{\"mode\":\"" + x.mode + '"';
  append_member(out, "cert", x.certificate);
  append_member(out, "key", x.key);
  append_member(out, "user", x.user);
  append_member(out, "password", x.password);
  out += ",\"port\":" + std::to_string(x.port) + ",\"script\":[";
  for (size_t i = 0; i < x.script.size(); ++i)
    out += (i == 0 ? "\"" : ",\"") + x.script[i] + '"';
  return out + "]}";
}

} // namespace

smtp_peer::smtp_peer(const options& x) {
  process_ = std::make_unique<process>(
    "/usr/bin/env",
    std::vector<std::string>{"node", CARILLON_SMTP_PEER, CARILLON_NPM_DIR, text_of(x)},
    directory_.path() + "/log");
  auto line = process_->read_line();
  REQUIRE(line);
  REQUIRE(line->starts_with("port "));
  port_ = static_cast<uint16_t>(std::stoi(line->substr(5)));
}

rapidjson::Document smtp_peer::next(std::chrono::milliseconds deadline) {
  rapidjson::Document out;
  if (auto line = process_->read_line(deadline))
    out.Parse(line->c_str());
  return out;
}

bool smtp_peer::hangs() {
  return process_->read_line() == "hangs";
}

bool smtp_peer::closed() {
  return process_->read_line() == "closed";
}

} // namespace carillon::test
