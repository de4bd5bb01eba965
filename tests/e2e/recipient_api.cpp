#include "tests/e2e/recipient_api.hpp"

#include <doctest/doctest.h>

namespace carillon::test {

void recipient_api::put_contact(const std::string& user, const std::string& more) {
  auto answer = api_.admin().Put("/api/contacts/" + user,
                                 R"({"companyId":"c-1","email":")" + user
                                   + R"(@example.com","name":"Zoë )" + user + '"' + more + '}',
                                 "application/json");
  REQUIRE(answer);
  REQUIRE_MESSAGE(answer->status == 200, answer->body);
}

void recipient_api::each(const std::string& path, const char* member,
                         const std::function<void(const rapidjson::Value&)>& fn) {
  auto begin = path + (path.find('?') == std::string::npos ? '?' : '&');
  std::string cursor;
  do {
    auto page = api_.get(begin + cursor);
    for (const auto& x : page[member].GetArray())
      fn(x);
    cursor
      = page["nextCursor"].IsNull() ? "" : std::string{"cursor="} + page["nextCursor"].GetString();
  } while (!cursor.empty());
}

uint64_t recipient_api::jobs_left(const std::string& queue) {
  auto all = api_.get("/api/jobs/queues");
  uint64_t out = 0;
  for (const auto& x : all["queues"].GetArray())
    if (x["queue"] == queue.c_str())
      for (const auto* name : {"queued", "running", "dead"})
        out += x[name].GetUint64();
  return out;
}

std::map<std::string, uint64_t> recipient_api::counters() {
  std::map<std::string, uint64_t> out;
  each("/api/metrics", "metrics",
       [&](const auto& x) { out[x["type"].GetString()] += x["count"].GetUint64(); });
  return out;
}

uint64_t recipient_api::lag(const std::string& consumer) {
  return api_.get("/api/consumers/" + consumer)["lag"].GetUint64();
}

} // namespace carillon::test
