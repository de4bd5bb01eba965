#include "tests/net/admin/admin_fixture.hpp"

#include "net/auth/portal_tokens.hpp"
#include "tests/net/admin/admin_contacts_actors.hpp"
#include "tests/net/admin/admin_inbound_actors.hpp"
#include "tests/net/admin/admin_job_actors.hpp"
#include "tests/net/admin/admin_measure_actors.hpp"
#include "tests/net/admin/admin_schedule_actors.hpp"
#include "tests/net/admin/admin_session_actors.hpp"

#include <caf/actor_cast.hpp>

namespace carillon::test {

std::string admin_answer::field(const std::string& name) const {
  auto i = fields.find(name);
  return i == fields.end() ? std::string{} : i->second;
}

std::string admin_answer::text(const char* pointer) const {
  const auto* x = rapidjson::Pointer{pointer}.Get(json);
  return x != nullptr && x->IsString() ? x->GetString() : "";
}

int64_t admin_answer::number(const char* pointer) const {
  const auto* x = rapidjson::Pointer{pointer}.Get(json);
  return x != nullptr && x->IsInt64() ? x->GetInt64() : -1;
}

bool admin_answer::is_true(const char* pointer) const {
  const auto* x = rapidjson::Pointer{pointer}.Get(json);
  return x != nullptr && x->IsTrue();
}

bool admin_answer::is_null(const char* pointer) const {
  const auto* x = rapidjson::Pointer{pointer}.Get(json);
  return x != nullptr && x->IsNull();
}

size_t admin_answer::size(const char* pointer) const {
  const auto* x = rapidjson::Pointer{pointer}.Get(json);
  if (x == nullptr)
    return 0;
  return x->IsArray() ? x->Size() : x->MemberCount();
}

admin_fixture::config::config() {
  add_message_types<caf::id_block::carillon>();
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", size_t{2});
}

admin_port_options admin_fixture::defaults() {
  admin_port_options out;
  out.port = 0;
  out.threads = 4;
  return out;
}

admin_fixture::admin_fixture(admin_port_options options, bool with_webhooks) {
  publisher = add_key(role::publisher, "");
  reader = add_key(role::reader, "");
  admin = add_key(role::admin, "");
  reader_a = add_key(role::reader, "A");
  admin_a = add_key(role::admin, "A");
  keys.replace(data.keys);
  admin_port_backend backend;
  backend.system = &sys_;
  backend.router = sys_.spawn(admin_router, &data);
  backend.readers = {sys_.spawn(admin_reader, &data), sys_.spawn(admin_reader, &data)};
  backend.state_reader = spawn_state(with_webhooks);
  backend.state_writer = spawn_state(with_webhooks);
  backend.supervisor = sys_.spawn(admin_supervisor, &data);
  if (with_webhooks) {
    backend.webhooks = sys_.spawn(admin_webhook_hub, &data);
    actors_.push_back(caf::actor_cast<caf::actor>(backend.webhooks));
  }
  backend.sealer = sys_.spawn(admin_sealer, &data);
  actors_.push_back(caf::actor_cast<caf::actor>(backend.sealer));
  backend.audit_types = {"security.*"};
  backend.nodes = [this] {
    std::lock_guard guard{data.mutex};
    return data.nodes;
  };
  backend.sessions = sys_.spawn(admin_session_hub, &data);
  actors_.push_back(caf::actor_cast<caf::actor>(backend.sessions));
  backend.jobs = sys_.spawn(admin_job_dispatcher, &data);
  actors_.push_back(caf::actor_cast<caf::actor>(backend.jobs));
  backend.inbound = sys_.spawn(admin_inbound_keeper, &data);
  actors_.push_back(caf::actor_cast<caf::actor>(backend.inbound));
  backend.measures = sys_.spawn(admin_measure_keeper, &data);
  actors_.push_back(caf::actor_cast<caf::actor>(backend.measures));
  backend.schedules = sys_.spawn(admin_scheduler, &data);
  actors_.push_back(caf::actor_cast<caf::actor>(backend.schedules));
  backend.read_document = [this](const document& x) { return read_document(data, x); };
  backend.delete_documents
    = [this](const document_removal& x) { return delete_documents(data, x); };
  backend.histories = {"new0123456789abc", {{"old0123456789abc", 4}}};
  backend.types = &types;
  backend.keys = &keys;
  backend.stats = stats;
  backend.not_ready = [this] { return waits_for; };
  backend.data_address = [] { return std::string{"http://d:7070"}; };
  backend.on_refused = [this](const refused_access& x) {
    std::lock_guard guard{refusals_mutex_};
    refusals_.push_back(x);
  };
  if (!options.portal.origins.empty())
    backend.portal = std::make_shared<portal_tokens>(
      std::string(32, 'k'), keys, portal_token_limits{.of_company = 3, .all = 5},
      [this] { return wall_clock_now() + ahead.load(); });
  for (const auto& x : backend.readers)
    actors_.push_back(caf::actor_cast<caf::actor>(x));
  actors_.push_back(caf::actor_cast<caf::actor>(backend.router));
  actors_.push_back(caf::actor_cast<caf::actor>(backend.supervisor));
  auto started = admin_port::start(options, std::move(backend));
  REQUIRE(started.has_value());
  port_ = std::move(*started);
}

state_handles admin_fixture::spawn_state(bool with_webhooks) {
  actors_.push_back(sys_.spawn(admin_state, &data));
  auto out = state_handles_of(actors_.back());
  actors_.push_back(sys_.spawn(admin_contacts_state, &data));
  const auto others = state_handles_of(actors_.back());
  out.jobs = others.jobs;
  out.contacts = others.contacts;
  out.notifications = others.notifications;
  out.documents = others.documents;
  actors_.push_back(sys_.spawn(admin_inbound_state, &data));
  out.inbound = state_handles_of(actors_.back()).inbound;
  actors_.push_back(sys_.spawn(admin_measure_state, &data));
  out.measures = state_handles_of(actors_.back()).measures;
  actors_.push_back(sys_.spawn(admin_schedule_state, &data));
  out.schedules = state_handles_of(actors_.back()).schedules;
  out.webhooks = nullptr;
  if (with_webhooks) {
    actors_.push_back(sys_.spawn(admin_webhook_state, &data));
    out.webhooks = state_handles_of(actors_.back()).webhooks;
  }
  return out;
}

admin_fixture::~admin_fixture() {
  const bool silent = data.silent || data.silent_changes;
  auto end_actors = [this] {
    for (const auto& x : actors_)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  };
  // The port would wait for silent actors until the deadline of a request.
  if (silent)
    end_actors();
  port_.reset();
  if (!silent)
    end_actors();
}

std::string admin_fixture::add_key(role r, const std::string& company) {
  auto text = key_ring::make_key().value();
  api_key out;
  out.id = data.keys.size() + 1;
  out.name = std::string{name_of(r)} + company;
  out.role = r;
  out.company_id = company;
  out.hash = key_ring::hash_of(text);
  data.keys.push_back(out);
  return text;
}

admin_answer admin_fixture::send(const std::string& method, const std::string& path,
                                 const std::string& key, const std::string& body,
                                 httplib::Headers fields) {
  return send_to(port(), method, path, key, body, std::move(fields));
}

admin_answer admin_fixture::readiness(std::string_view waiting_for) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  for (;;) {
    auto out = send("GET", "/readyz", "");
    if (out.text("/waitingFor") == waiting_for || std::chrono::steady_clock::now() > until)
      return out;
  }
}

admin_answer send_to(uint16_t port, const std::string& method, const std::string& path,
                     const std::string& key, const std::string& body, httplib::Headers fields) {
  httplib::Client client{"127.0.0.1", port};
  client.set_read_timeout(10, 0);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers = std::move(fields);
  if (!key.empty())
    request.set_header("Authorization", "Bearer " + key);
  if (!body.empty() && !request.has_header("Content-Type"))
    request.set_header("Content-Type", "application/json");
  request.body = body;
  auto result = client.send(request);
  REQUIRE_MESSAGE(static_cast<bool>(result), method, " ", path, ": ", to_string(result.error()));
  admin_answer out;
  out.status = result->status;
  out.body = result->body;
  out.fields = result->headers;
  const auto type = result->get_header_value("Content-Type");
  if (type.find("json") != std::string::npos && type.find("ndjson") == std::string::npos
      && method != "HEAD") {
    out.json.Parse(out.body.data(), out.body.size());
    CHECK_MESSAGE(!out.json.HasParseError(), out.body);
  }
  return out;
}

void admin_fixture::add_events(size_t n) {
  auto guard = lock();
  for (size_t i = 1; i <= n; ++i)
    data.events.push_back(make_event(i, i % 2 == 1 ? "A" : "B"));
}

std::vector<refused_access> admin_fixture::refusals() {
  std::lock_guard guard{refusals_mutex_};
  return refusals_;
}

} // namespace carillon::test
