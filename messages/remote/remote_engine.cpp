#include "messages/remote/remote_engine.hpp"

#include "base/json/appender.hpp"
#include "base/uuid.hpp"
#include "messages/remote/client_worker.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <rapidjson/document.h>

#include <mutex>
#include <utility>

namespace carillon {

namespace {

constexpr std::chrono::seconds heartbeat{5};
/// For handlers that are at work.
constexpr std::chrono::seconds end_deadline{30};

/// A promise that is kept in any case: its end without a value is a refusal.
template <class T>
struct pending_answer {
  std::promise<expected<T>> promise = {};
  bool kept = false;

  void keep(expected<T> x) {
    if (!std::exchange(kept, true))
      promise.set_value(std::move(x));
  }

  ~pending_answer() {
    keep(failure{ec::shutting_down, "the connection to the node was given up", {}});
  }
};

template <class T>
auto promised() {
  auto answer = std::make_shared<pending_answer<T>>();
  auto future = answer->promise.get_future();
  return std::pair{[answer](expected<T> x) { answer->keep(std::move(x)); }, std::move(future)};
}

} // namespace

struct remote_engine::parts {
  caf::actor_system& system;
  remote_options options;
  std::shared_ptr<remote_client_view> view = std::make_shared<remote_client_view>();
  caf::actor client = {};
  std::mutex mutex = {};
  /// By consumer.
  std::map<std::string, caf::actor> workers = {};
  std::vector<caf::actor> runners = {};

  void stop();
};

void remote_engine::configure(caf::actor_system_config& cfg, const remote_tls& tls) {
  cfg.load<caf::io::middleman>();
  cfg.add_message_types<caf::id_block::carillon>();
  cfg.set("middleman.app-identifiers", std::vector<std::string>{remote_application});
  cfg.set("middleman.heartbeat-interval", caf::timespan{heartbeat});
  if (tls.certificate.empty())
    return;
  cfg.load<caf::openssl::manager>();
  cfg.openssl_certificate = tls.certificate;
  cfg.openssl_key = tls.key;
  cfg.openssl_cafile = tls.authority;
}

expected<std::unique_ptr<remote_engine>> remote_engine::connect(caf::actor_system& system,
                                                                remote_options options) {
  if (!system.has_middleman() || (options.tls && !system.has_openssl_manager()))
    return failure{ec::invalid_argument,
                   "the actor system was not made with remote_engine::configure, or without TLS",
                   {}};
  auto made = std::unique_ptr<parts>{new parts{system, std::move(options)}};
  auto first = std::make_shared<std::promise<expected<void>>>();
  auto outcome = first->get_future();
  made->client
    = system.spawn<caf::hidden>(remote_client, made->options, made->view,
                                std::function<void(expected<void>)>{
                                  [first](expected<void> x) { first->set_value(std::move(x)); }});
  std::unique_ptr<remote_engine> out{new remote_engine{std::move(made)}};
  if (outcome.wait_for(out->parts_->options.connect_deadline) != std::future_status::ready)
    return failure{ec::timeout,
                   "no node answered at " + out->parts_->options.host + " port "
                     + std::to_string(out->parts_->options.port)
                     + "; if there is one, its log says why",
                   {}};
  if (auto x = outcome.get(); !x)
    return x.error();
  return {std::move(out)};
}

remote_engine::remote_engine(std::unique_ptr<parts> x) : parts_(std::move(x)) {
}

remote_engine::~remote_engine() {
  parts_->stop();
}

void remote_engine::parts::stop() {
  caf::scoped_actor self{system, true};
  std::vector<caf::actor> all{client};
  all.insert(all.end(), runners.begin(), runners.end());
  runners.clear();
  for (auto& x : workers)
    all.push_back(std::move(x.second));
  for (const auto& x : all) {
    self->monitor(x);
    caf::anon_send(x, remote_client_stop{});
  }
  bool late = false;
  for (size_t i = 0; i < all.size() && !late; ++i)
    self->receive([](const caf::down_msg&) {}, caf::after(end_deadline) >> [&] { late = true; });
}

// -- publishing -------------------------------------------------------------------

std::string remote_engine::text_of(const event& draft) {
  std::string out;
  json_appender to{out};
  to.begin_object().member("type", draft.type).member("id", draft.id);
  to.member("source", draft.source).member("time", draft.time);
  to.member_unless_empty("companyId", draft.company_id);
  to.member_unless_empty("userId", draft.user_id);
  to.member_unless_empty("correlationId", draft.correlation_id);
  to.member_unless_empty("causationId", draft.causation_id);
  to.member_unless_empty("traceparent", draft.traceparent);
  to.member("audience", name_of(draft.audience));
  to.raw("data", draft.data);
  if (!draft.metadata.empty())
    to.raw("metadata", draft.metadata);
  to.end_object();
  return out;
}

std::future<expected<receipt>> remote_engine::failed(failure why) {
  auto [done, out] = promised<receipt>();
  done(std::move(why));
  return std::move(out);
}

std::future<expected<receipt>> remote_engine::publish_text(std::string text) {
  auto [done, out] = promised<receipt>();
  auto size = text.size();
  if (parts_->view->waiting_bytes.fetch_add(size) + size > parts_->options.waiting_bytes) {
    parts_->view->waiting_bytes -= size;
    done(failure{ec::overloaded, "too many events wait for their receipts", {}});
    return std::move(out);
  }
  auto event = std::make_shared<remote_waiting>(remote_waiting{std::move(text), done});
  caf::anon_send(parts_->client, remote_client_publish{std::move(event)});
  return std::move(out);
}

std::future<expected<receipt>> remote_engine::publish_json(const std::string& event) {
  rapidjson::Document parsed;
  constexpr unsigned strict
    = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  parsed.Parse<strict>(event.data(), event.size());
  if (parsed.HasParseError() || !parsed.IsObject())
    return failed({ec::malformed_json, "an event is one JSON object", {}});
  auto id = parsed.FindMember("id");
  if (id != parsed.MemberEnd() && !id->value.IsNull())
    return publish_text(event);
  if (id != parsed.MemberEnd() || parsed.MemberCount() == 0)
    return failed({ec::invalid_argument, "the id is null", "id"});
  return publish_text(R"({"id":")" + make_uuid_v7() + "\"," + event.substr(event.find('{') + 1));
}

// -- reading ----------------------------------------------------------------------

expected<remote_page> remote_engine::query(const remote_query& x) {
  auto [done, out] = promised<remote_page>();
  caf::anon_send(parts_->client, remote_client_query{x, done});
  if (out.wait_for(parts_->options.request_deadline) != std::future_status::ready)
    return failure{ec::timeout, "the node did not answer in time", {}};
  return out.get();
}

expected<void> remote_engine::subscribe(const std::string& consumer, remote_handler handler,
                                        remote_subscription_options options) {
  if (!handler)
    return failure{ec::invalid_argument, "there is no handler", "handler"};
  std::lock_guard guard{parts_->mutex};
  if (parts_->workers.count(consumer) > 0)
    return failure{ec::conflict, "this process has the consumer already", "consumer"};
  auto runner = parts_->system.spawn<caf::detached + caf::hidden>(
    remote_runner, std::move(handler), std::exchange(options.on_end, nullptr));
  parts_->runners.push_back(runner);
  auto worker
    = parts_->system.spawn<caf::hidden>(remote_worker, consumer, runner, std::move(options));
  parts_->workers.emplace(consumer, worker);
  caf::anon_send(parts_->client, remote_client_add{consumer, worker});
  return {};
}

bool remote_engine::connected() const noexcept {
  return parts_->view->connected;
}

} // namespace carillon
