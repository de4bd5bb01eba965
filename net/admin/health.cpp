#include "net/admin/embedded.hpp"
#include "net/admin/json_text.hpp"
#include "net/admin/resources.hpp"

namespace carillon::admin {

expected<answer> show_health(call&) {
  return answer{.body = R"({"status":"ok"})"};
}

expected<answer> show_readiness(call& c) {
  const auto& ask_node = c.ctx.backend.not_ready;
  auto waiting_for = ask_node ? ask_node() : std::string{};
  json_text out;
  out.begin_object()
    .member("status", waiting_for.empty() ? "ready" : "waiting")
    .member_or_null("waitingFor", waiting_for)
    .end_object();
  answer x{.status = waiting_for.empty() ? 200 : 503, .body = out.take()};
  if (!waiting_for.empty())
    x.fields.emplace_back("Retry-After", "1");
  return x;
}

expected<answer> show_openapi(call&) {
  return answer{.body = std::string{openapi_yaml()}, .media_type = "application/yaml"};
}

} // namespace carillon::admin
