#include "net/data/workers/worker_entrance.hpp"

#include "messages/workers/own_name.hpp"
#include "messages/workers/texts.hpp"
#include "net/data/sessions/handshake.hpp"
#include "net/data/sessions/query.hpp"
#include "net/data/workers/worker_call.hpp"

#include <string>
#include <utility>

namespace carillon::data {

namespace {

using boost::beast::http::verb;

/// Settings, and the settlements of a thousand deliveries.
constexpr uint64_t body_bytes = 256UL * 1024;

/// A payload, and what is said beside it.
constexpr uint64_t job_bytes = job_limits::payload_bytes + 16UL * 1024;

/// An array of jobs.
constexpr uint64_t job_array_bytes = 4UL * 1024 * 1024;

bool takes(const worker_route& at, verb method) noexcept {
  if (at.what == worker_route::call::connect || at.what == worker_route::call::show
      || at.what == worker_route::call::show_job)
    return method == verb::get;
  if (at.what == worker_route::call::settings)
    return method == verb::put || method == verb::delete_;
  return method == verb::post;
}

/// A company calls its consumer by the short name as well as by the whole one: a key that is bound
/// to names needs the short one, which a list such as `mail.*` does not have.
bool may_work_for(const principal& who, std::string_view consumer) {
  const auto name = consumer.substr(0, consumer.rfind('.'));
  return who.may_work(consumer)
         && (!who.is_bound() || own_name(name, who.company_id) != consumer || who.may_work(name));
}

bool may_work(const principal& who, const worker_route& at) {
  return at.of == work_kind::jobs ? who.may_work_on(at.name) : may_work_for(who, at.name);
}

denial denial_of(const worker_route& at, const request_head& head, std::string who) {
  return {.who = std::move(who),
          .action = std::string{boost::beast::http::to_string(head.method)} + ' '
                    + std::string{at.pattern}};
}

} // namespace

std::optional<refusal> worker_entrance::check(const worker_route& at, const request_head& head,
                                              bool known_page) const {
  if (!takes(at, head.method)) {
    refusal out{.why = {ec::method_not_allowed, "this path takes " + std::string{at.methods}, {}}};
    out.allow = at.methods;
    return out;
  }
  if (!known_page)
    return refusal{
      .why = {ec::forbidden, "pages of this origin are not on --sessions-origins", "Origin"}};
  auto parameters = sessions::parameters_of(head.target);
  if (!parameters)
    return refusal{.why = {ec::invalid_argument, "the query cannot be understood", {}}};
  if (!parameters->empty())
    return refusal{
      .why = {ec::invalid_argument, "this call takes no parameters", parameters->front().first}};
  if (head.method == verb::get && head.has_body())
    return refusal{.why = {ec::invalid_argument, "this call takes no body", {}}};
  return std::nullopt;
}

expected<principal> worker_entrance::identify(const worker_route& at,
                                              const request_head& head) const {
  auto who = keys_.authenticate(head.authorization, head.certificate);
  if (!who)
    return who.error();
  if (at.what == worker_route::call::show_job)
    return std::move(*who);
  if (at.what == worker_route::call::enqueue) {
    if (!who->may_publish())
      return failure{ec::forbidden, "this API key may not enqueue jobs", {}};
  } else if (!may_work(*who, at)) {
    return failure{ec::forbidden,
                   at.of == work_kind::jobs ? "this API key may not work on this queue"
                                            : "this API key may not work for this consumer",
                   {}};
  }
  return std::move(*who);
}

admission worker_entrance::judge_connection(const worker_route& at, const request_head& head,
                                            const principal& who) const {
  admission out{.to = route::socket};
  out.refused = sessions::check_handshake(head);
  if (!out.refused && !sessions::has_token(head.websocket_protocol, worker_protocol))
    out.refused = refusal{.why = {ec::invalid_argument,
                                  "offer the subprotocol " + std::string{worker_protocol},
                                  "Sec-WebSocket-Protocol"}};
  if (out.refused)
    return out;
  session_start start;
  start.accept = sessions::accept_of(head.websocket_key);
  start.protocol = worker_protocol;
  start.worker = open_worker{std::string{at.name}, who.company_id, nullptr,
                             at.of == work_kind::jobs, who.may_work_for_companies(at.name)};
  start.is_admitted
    = [this, name = std::string{at.name}, of = at.of, key = std::string{head.authorization},
       shown = std::string{head.certificate}] {
        auto now = keys_.authenticate(key, shown);
        return now && may_work(*now, {.name = name, .of = of});
      };
  out.session = std::move(start);
  return out;
}

admission worker_entrance::judge(const worker_route& at, const request_head& head,
                                 bool known_page) const {
  admission out{.to = route::call};
  const bool adds = at.what == worker_route::call::enqueue;
  out.body_limit = adds ? job_array_bytes : body_bytes;
  out.single_limit = adds ? job_bytes : body_bytes;
  out.refused = check(at, head, known_page);
  if (out.refused)
    return out;
  auto who = identify(at, head);
  if (!who) {
    const bool known = who.error().code == ec::forbidden;
    out.refused = refusal{.why = who.error()};
    auto key = known ? keys_.authenticate(head.authorization, head.certificate)
                     : expected<principal>{failure{}};
    out.denied = denial_of(at, head, key ? actor_name(*key) : std::string{});
    return out;
  }
  if (at.what == worker_route::call::connect)
    return judge_connection(at, head, *who);
  out.who = *who;
  out.call = std::make_shared<worker_call>(calls_, at, head.method, std::move(*who));
  return out;
}

} // namespace carillon::data
