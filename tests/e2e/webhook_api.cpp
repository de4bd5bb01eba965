#include "tests/e2e/webhook_api.hpp"

#include "messages/webhooks/signature.hpp"

#include <doctest/doctest.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdlib>
#include <tuple>

namespace carillon::test {

namespace {

const char* json_type = "application/json";
const std::string webhooks_path = "/api/events/webhooks";

rapidjson::Document require_success(const httplib::Result& x, const std::string& what) {
  REQUIRE_MESSAGE(x, what);
  REQUIRE_MESSAGE(x->status / 100 == 2, what, ": ", x->status, " ", x->body);
  return parse(x);
}

std::string text_at(const rapidjson::Document& x, const char* name) {
  return x.HasMember(name) && x[name].IsString() ? x[name].GetString() : "";
}

} // namespace

std::string order_json(const std::string& id, const std::string& company, const std::string& more) {
  return R"({"type":"order.created","id":")" + id + R"(","companyId":")" + company + '"' + more
         + R"(,"data":{"orderId":")" + id + R"(","total":12.5,"items":[],"status":"new"}})";
}

webhook_api::webhook_api(const node_process& node, const std::string& key)
  : data_(node.data()), admin_(node.admin()) {
  if (key.empty())
    return;
  data_->set_bearer_token_auth(key);
  admin_->set_bearer_token_auth(key);
}

webhook_api::made webhook_api::create(const std::string& url, const std::string& more) {
  auto answer = post(webhooks_path, R"({"url":")" + url + '"' + more + '}');
  return {answer["id"].GetUint64(), text_at(answer, "secret"), text_at(answer, "publicKey")};
}

uint64_t webhook_api::publish(const std::string& event) {
  auto answer = require_success(data_->Post("/api/events", event, json_type), "publish");
  return answer["seq"].GetUint64();
}

rapidjson::Document webhook_api::get(const std::string& path) {
  return require_success(admin_->Get(path), path);
}

rapidjson::Document webhook_api::post(const std::string& path, const std::string& body) {
  return require_success(admin_->Post(path, body, json_type), path);
}

rapidjson::Document webhook_api::patch(const std::string& path, const std::string& body) {
  return require_success(admin_->Patch(path, body, json_type), path);
}

int webhook_api::post_status(const std::string& path, const std::string& body) {
  auto answer = admin_->Post(path, body, json_type);
  return answer ? answer->status : 0;
}

int webhook_api::patch_status(const std::string& path, const std::string& body) {
  auto answer = admin_->Patch(path, body, json_type);
  return answer ? answer->status : 0;
}

rapidjson::Document webhook_api::history(const made& to, uint64_t seq) {
  auto answer
    = admin_->Get("/api/events/deliveries/" + std::to_string(to.id) + "-" + std::to_string(seq));
  REQUIRE(answer);
  return answer->status == 200 ? parse(answer) : rapidjson::Document{};
}

rapidjson::Document webhook_api::history_with(const made& to, uint64_t seq,
                                              const std::string& state, size_t attempts) {
  rapidjson::Document out;
  auto found = eventually([&] {
    out = history(to, seq);
    return out.IsObject() && out["state"].GetString() == state
           && out["attempts"].Size() >= attempts;
  });
  REQUIRE_MESSAGE(found, "the delivery is ", out.IsNull() ? "not there" : text_of(out));
  return out;
}

std::vector<uint64_t> webhook_api::events_of(const std::string& type) {
  std::vector<uint64_t> out;
  auto page = get("/api/events?order=asc&limit=100&types=" + type);
  for (const auto& x : page["events"].GetArray())
    out.push_back(x["seq"].GetUint64());
  return out;
}

std::string path_of(const webhook_api::made& x, const std::string& action) {
  return webhooks_path + "/" + std::to_string(x.id) + (action.empty() ? "" : "/" + action);
}

uint64_t seq_of(const received_request& x) {
  return x.id.starts_with("msg_") ? std::strtoull(x.id.c_str() + 4, nullptr, 10) : 0;
}

std::vector<uint64_t> accepted_seqs(const webhook_receiver& receiver, const std::string& url) {
  std::vector<uint64_t> out;
  for (const auto& x : receiver.received(url))
    if (x.accepted())
      out.push_back(seq_of(x));
  return out;
}

bool is_signed_by(const received_request& x, const std::vector<std::string>& secrets) {
  auto time = x.field("webhook-timestamp");
  auto signature = x.field("webhook-signature");
  for (const auto& text : secrets) {
    auto secret = parse_webhook_key(text);
    if (!secret)
      return false;
    auto verdict = verify({x.id, time, signature}, x.body, std::vector{*secret},
                          std::chrono::floor<std::chrono::microseconds>(x.wall_at));
    if (!verdict)
      return false;
  }
  return !secrets.empty();
}

std::string text_of(const rapidjson::Value& x) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer{out};
  x.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

} // namespace carillon::test
