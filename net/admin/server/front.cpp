#include "net/admin/server/front.hpp"

#include "base/json/writer.hpp"
#include "base/text/utf8.hpp"
#include "net/admin/admit.hpp"
#include "net/admin/follower_calls.hpp"
#include "net/admin/server/threaded_call.hpp"
#include "net/http/cors.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::admin {

namespace {

using boost::beast::http::verb;

constexpr size_t max_target_bytes = 8'000;
/// Longest name in `Carillon-Actor`.
constexpr size_t max_actor_bytes = 128;
constexpr int target_too_long = 414;
constexpr int not_implemented = 501;
constexpr std::string_view every_method = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

data::refusal refuse(ec code, std::string detail, int status = 0) {
  return {.why = {code, std::move(detail), {}}, .status = status};
}

bool is_known(verb x) noexcept {
  constexpr std::array known{verb::get,     verb::head,    verb::post,  verb::put,    verb::patch,
                             verb::delete_, verb::options, verb::trace, verb::connect};
  return std::find(known.begin(), known.end(), x) != known.end();
}

/// A hint for requests that belong to the data port.
std::string on_data_port(const context& ctx) {
  auto address = ctx.backend.data_address ? ctx.backend.data_address() : std::string{};
  return "on the data port" + (address.empty() ? std::string{} : ", " + address);
}

std::string no_path(const context& ctx, std::string_view path) {
  if (path == "/ws" || path == "/api/events/stream")
    return "live sessions are opened " + on_data_port(ctx);
  return "there is nothing at this path, see /openapi.yaml";
}

std::string no_method(const context& ctx, std::string_view path, std::string_view method,
                      const std::string& allow) {
  auto out = "this path takes " + allow;
  if (path == "/api/events" && method == "POST")
    out += "; events are published " + on_data_port(ctx);
  return out;
}

data::whole_answer verdict(const std::string& waiting_for) {
  json_writer out;
  out.begin_object()
    .member("status", waiting_for.empty() ? "ready" : "waiting")
    .member_or_null("waitingFor", waiting_for)
    .end_object();
  data::whole_answer x{.status = waiting_for.empty() ? 200 : 503, .body = out.take()};
  if (!waiting_for.empty())
    x.fields = "Retry-After: 1\r\n";
  return x;
}

} // namespace

class front::readiness_call final : public data::handed_call {
public:
  explicit readiness_call(std::shared_ptr<const front> at) : front_(std::move(at)) {
  }

  void serve(std::string_view, std::string, std::chrono::steady_clock::time_point,
             reply to) override {
    front_->readiness_->ask(
      [to = std::move(to)](const std::string& waiting_for) { to(verdict(waiting_for)); });
  }

private:
  std::shared_ptr<const front> front_;
};

front::front(context& ctx, data::follower_view view)
  : ctx_(ctx), view_(std::move(view)),
    workers_(std::make_unique<worker_pool>(
      worker_pool::limits{ctx.options.threads, ctx.options.threads_per_key, ctx.options.waiting})),
    probes_(std::make_unique<worker_pool>(worker_pool::limits{2, 1, 16})),
    readiness_(std::make_unique<readiness>(ctx.backend.not_ready)) {
}

void front::stop() {
  workers_->stop();
  probes_->stop();
  readiness_->stop();
}

worker_pool& front::threads_for(const operation& at) const noexcept {
  return at.pattern == "/metrics" ? *probes_ : *workers_;
}

data::admission front::judge(const data::request_head& head) const {
  data::admission out;
  out.body_limit = out.single_limit = ctx_.options.body_bytes;
  if (!head.origin.empty() && is_allowed_origin(ctx_, head, true))
    out.cors = data::cors_fields(head.origin);
  std::string_view method{boost::beast::http::to_string(head.method).data(),
                          boost::beast::http::to_string(head.method).size()};
  if (!is_known(head.method)) {
    out.refused = refuse(ec::method_not_allowed, "the method is not known here", not_implemented);
    return out;
  }
  if (head.target.size() > max_target_bytes) {
    out.refused = refuse(ec::too_large, "the request target is too long", target_too_long);
    return out;
  }
  if (head.method == verb::options && head.target == "*") {
    judge_options(head, std::string{every_method}, out);
    return out;
  }
  auto to = find(method, head.target);
  if (!to)
    out.refused = data::refusal{.why = to.error()};
  else
    judge_call(head, method, std::move(*to), out);
  return out;
}

void front::judge_call(const data::request_head& head, std::string_view method, destination to,
                       data::admission& out) const {
  auto path = data::parts_of(head.target)->path;
  if (to.allow.empty()) {
    out.refused = refuse(ec::not_found, no_path(ctx_, path));
    return;
  }
  if (to.at == nullptr && head.method == verb::options)
    return judge_options(head, to.allow, out);
  if (to.at == nullptr) {
    out.refused = refuse(ec::method_not_allowed, no_method(ctx_, path, method, to.allow));
    out.refused->allow = to.allow;
    return;
  }
  auto who = admit(ctx_, head, to.at->needs);
  if (!who) {
    out.refused = data::refusal{.why = who.error().why};
    out.denied = data::denial{.who = who.error().who, .action = action_of(method, *to.at)};
    return;
  }
  // The audit log stores the name unchanged.
  if (!head.actor.empty()
      && (!is_identifier(head.actor, max_actor_bytes) || !is_utf8(head.actor))) {
    out.refused = refuse(ec::invalid_argument,
                         "Carillon-Actor is a name of at most 128 bytes of UTF-8, on one line");
    out.refused->why.field = "Carillon-Actor";
    return;
  }
  if (!head.content_encoding.empty() && !boost::beast::iequals(head.content_encoding, "identity")) {
    out.refused = refuse(ec::unsupported_media_type, "send the body uncompressed");
    out.refused->why.field = "Content-Encoding";
    return;
  }
  if (head.content_length && *head.content_length > out.body_limit) {
    out.refused
      = refuse(ec::too_large, "the body exceeds " + std::to_string(out.body_limit) + " bytes");
    out.refused->close = true;
    return;
  }
  if (to.at->pattern == "/healthz") {
    out.to = data::route::ready;
    out.answer = data::whole_answer{.body = R"({"status":"ok"})"};
    return;
  }
  if (view_.owner && to.at->pattern == "/readyz") {
    out.to = data::route::ready;
    out.answer = data::following_answer(view_.not_ready());
    return;
  }
  // The use of a break-glass key is stored before anything else.
  if (view_.owner && (who->break_glass || !is_served_by_follower(*to.at, to.query))) {
    out.to = data::route::ready;
    out.answer = data::not_owner_answer(view_.owner());
    return;
  }
  out.to = data::route::call;
  if (to.at->pattern == "/readyz")
    out.call = std::make_shared<readiness_call>(shared_from_this());
  else
    out.call
      = std::make_shared<threaded_call>(shared_from_this(), ctx_, threads_for(*to.at), who->key_id,
                                        incoming_of(head, method), std::move(to), std::move(*who));
}

void front::judge_options(const data::request_head& head, const std::string& allow,
                          data::admission& out) const {
  auto allowed = is_allowed_origin(ctx_, head, true);
  if (data::is_preflight(head) && !allowed) {
    out.refused = refuse(ec::forbidden, "pages of this origin are not on --admin-origins");
    out.refused->why.field = "Origin";
    return;
  }
  out.to = data::route::ready;
  out.answer = data::options_answer(head, allow, allowed);
}

} // namespace carillon::admin
