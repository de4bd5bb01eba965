#include "tests/net/admin/portal_fixture.hpp"

#include "net/admin/portal/portal_front.hpp"

namespace carillon::test {

admin_port_options portal_fixture::with_portal() {
  auto out = admin_fixture::defaults();
  out.portal.origins = {"https://app.example", "http://localhost:*"};
  out.portal.endpoints = 3;
  return out;
}

portal_fixture::portal_fixture(admin_port_options options) : operators(std::move(options)) {
  data_port_options settings;
  settings.port = 0;
  // A request that hangs does not hold up the end of a test.
  settings.request_deadline = std::chrono::seconds{3};
  data_port_backend backend;
  backend.publish = [](publish_call_ptr) {};
  backend.types = &operators.types;
  backend.keys = &operators.keys;
  backend.stats = operators.stats;
  backend.on_refused = [this](const refused_access& x) {
    std::lock_guard guard{refusals_mutex_};
    refusals_.push_back(x);
  };
  backend.portal = operators.port_->portal();
  auto started = data_port::start(settings, std::move(backend));
  REQUIRE(started.has_value());
  data_ = std::move(*started);
}

portal_fixture::~portal_fixture() {
  // As a node stops: the threads behind the portal first.
  operators.port_->stop();
  data_->stop(std::chrono::seconds{5});
}

std::string portal_fixture::token(const std::string& may, const std::string& company, int seconds) {
  auto made
    = operators.post("/api/portal-tokens", R"({"companyId":")" + company + R"(","may":)" + may
                                             + R"(,"ttlSeconds":)" + std::to_string(seconds) + "}");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return made.text("/token");
}

admin_answer portal_fixture::send(const std::string& method, const std::string& path,
                                  const std::string& token, const std::string& body,
                                  httplib::Headers fields) {
  return send_to(port(), method, path, token, body, std::move(fields));
}

std::vector<refused_access> portal_fixture::refusals() {
  std::lock_guard guard{refusals_mutex_};
  return refusals_;
}

void portal_fixture::populate() {
  operators.add_events(2);
  auto guard = operators.lock();
  for (uint64_t i = 1; i <= 2; ++i) {
    std::string company = i == 1 ? "A" : "B";
    add_webhook(operators.data, i, company);
    add_delivery(operators.data, {i, i}, company);
  }
}

} // namespace carillon::test
