#pragma once

#include "actors/sessions/session_hub.hpp"
#include "messages/sessions/texts.hpp"
#include "tests/actors/fake_log.hpp"
#include "tests/actors/fake_state.hpp"

#include <rapidjson/document.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::test {

/// A connection whose client reads sent data, at once or on request.
class fake_link final : public session_link {
public:
  /// What a WebSocket adds to an event of usual size.
  static constexpr size_t frame_header_bytes = 4;

  std::vector<position> seqs;
  /// Those of replays.
  std::vector<position> replayed;
  /// Messages that are not events.
  std::vector<std::string> texts;
  std::optional<std::pair<session_close, position>> closed;
  std::optional<failure> refused;
  std::shared_ptr<session_peer> peer;
  size_t budget = 1'000'000;
  size_t unsent = 0;
  size_t taken = 0;
  bool stalls = false;
  bool wants_writable = false;
  session_wire kind = session_wire::websocket;

  void bind(std::shared_ptr<session_peer> x) override {
    peer = std::move(x);
  }

  session_wire wire() const noexcept override {
    return kind;
  }

  bool send(const live_segment_ptr& x, size_t first, size_t last) override {
    size_t bytes = 0;
    for (auto i = first; i < last; ++i)
      bytes += x->events()[i]->text().size() + frame_header_bytes;
    if (unsent > 0 && unsent + bytes > budget) {
      wants_writable = true;
      return false;
    }
    for (auto i = first; i < last; ++i)
      (x->events()[i]->reaches() == 0 ? replayed : seqs).push_back(x->events()[i]->get().seq);
    unsent += stalls ? bytes : 0;
    return true;
  }

  void say(std::string_view, std::string_view json) override {
    texts.emplace_back(json);
  }

  void report(position x, std::string_view bookmark) override {
    texts.push_back(position_json(x, bookmark));
  }

  void took() override {
    ++taken;
  }

  void refuse(const failure& why, session_close code, position resume) override {
    refused = why;
    close(code, resume);
  }

  void close(session_close why, position resume) override {
    if (!closed)
      closed.emplace(why, resume);
  }

  /// The client reads everything.
  void drain() {
    unsent = 0;
    if (std::exchange(wants_writable, false) && peer)
      peer->on_writable();
  }

  /// The connection is gone, ended by either side.
  void drop() {
    if (auto x = std::exchange(peer, nullptr))
      x->on_closed();
  }
};

/// A hub between a log in memory and made-up connections, under a virtual clock.
struct session_world : deterministic {
  fake_log log;
  fake_state state;
  router_actor router = sys.spawn(fake_router, &log);
  log_reader_actor reader = sys.spawn(fake_reader, &log);
  caf::actor state_actor = sys.spawn(fake_state_actor, &state);
  session_hub_options options;
  std::string history;
  std::vector<former_history> former;
  telemetry_ptr stats = std::make_shared<telemetry>();
  session_hub_actor hub;
  std::vector<std::shared_ptr<fake_link>> links;

  ~session_world() {
    for (auto& x : links)
      x->drop();
    deliver();
    if (hub != nullptr)
      stop(hub);
    stop(router);
    stop(reader);
    stop(state_actor);
  }

  void start() {
    session_hub_env env;
    env.feed = router;
    env.reader = reader;
    env.audit = state_handles_of(state_actor).audit;
    env.stats = stats;
    env.histories = {history, former};
    env.now = [this] { return now(); };
    env.options = options;
    hub = sys.spawn(session_hub, std::move(env));
    deliver();
  }

  std::shared_ptr<fake_link> open(session_request request) {
    auto link = std::make_shared<fake_link>();
    if (request.one_way)
      link->kind = session_wire::server_sent;
    return open(std::move(request), link);
  }

  std::shared_ptr<fake_link> open(session_request request, std::shared_ptr<fake_link> link) {
    links.push_back(link);
    self->send(hub, open_session{std::move(request), link});
    deliver();
    return link;
  }

  static session_request request_of(std::string user, std::string company = {}) {
    session_request out;
    out.identity.who = {std::move(user), std::move(company)};
    return out;
  }

  void append(audience to, std::string company = {}, std::string user = {},
              std::string type = "order.created") {
    auto x = make_event(log.head() + 1, std::move(company), std::move(type));
    x->audience = to;
    x->user_id = std::move(user);
    log.events.push_back(std::move(x));
  }

  /// Sends the hub all events after the position.
  void feed(position after) {
    auto batch = std::make_shared<event_batch>();
    batch->events.assign(log.events.begin() + static_cast<std::ptrdiff_t>(after), log.events.end());
    ++log.credit_used[hub->id()];
    self->send(hub, event_batch_ptr{batch});
    deliver();
  }

  void publish(audience to, std::string company = {}, std::string user = {},
               std::string type = "order.created") {
    append(to, std::move(company), std::move(user), std::move(type));
    feed(log.head() - 1);
  }

  void run(std::chrono::milliseconds x) {
    pass_in_steps(x, std::chrono::milliseconds{250});
  }

  static void say(fake_link& x, std::string text) {
    if (x.peer)
      x.peer->on_text(std::move(text));
  }
};

} // namespace carillon::test
