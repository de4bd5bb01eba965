// Another process of the C++ Actor Framework, as tests need one.
//
//   remote_app PORT KEY MODE [ARGUMENTS]
//
//   publish FIRST COUNT   publishes order.shipped p-FIRST …, prints `ID SEQ DUPLICATE`
//   query FILTER          prints each event of the page
//   subscribe CONSUMER    prints each id, `ended CODE` at the end; until SIGTERM
//   first CONSUMER        subscribes, prints the id of the first event, and ends at once
//   idle                  logs in, prints `ready`; until SIGTERM
//   refused               the same, and gives up after three seconds
//   exits                 sends exit messages to the port's actors
//   text TEXT             publishes the text as it is, prints the verdicts
//
// `$REMOTE_FILTER` is the filter of a subscriber.
// `$REMOTE_COMPANY` is the company of the events, c-1 without it; `$REMOTE_APPLICATION` is another
// application identifier, `$REMOTE_TLS` a directory with own.pem, own.key and ca.pem. Every failure
// is printed as `error CODE`.

#include "carillon/remote.hpp"
#include "messages/caf_error.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <cstdlib>
#include <future>
#include <iostream>
#include <utility>

#include <signal.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

remote_tls files() {
  const char* given = std::getenv("REMOTE_TLS");
  if (given == nullptr)
    return {};
  std::string dir = given;
  return {dir + "/own.pem", dir + "/own.key", dir + "/ca.pem"};
}

struct config : caf::actor_system_config {
  config() {
    remote_engine::configure(*this, files());
    if (const char* other = std::getenv("REMOTE_APPLICATION"); other != nullptr)
      set("middleman.app-identifiers", std::vector<std::string>{other});
  }
};

int complain(const failure& x) {
  std::cout << "error " << name_of(x.code) << ' ' << x.detail << std::endl;
  return 1;
}

std::string shipped(const std::string& id) {
  const char* company = std::getenv("REMOTE_COMPANY");
  return R"({"type":"order.shipped","id":")" + id + R"(","source":"/remote","companyId":")"
         + (company != nullptr ? company : "c-1")
         + R"(","data":{"orderId":"o-1","carrier":"x","trackingNumber":"t"}})";
}

void wait_for_end() {
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  int got = 0;
  ::sigwait(&stop, &got);
}

// -- with the client ------------------------------------------------------------

int publish(remote_engine& to, int first, int count) {
  std::vector<std::pair<std::string, std::future<expected<receipt>>>> all;
  for (int i = first; i < first + count; ++i) {
    auto id = "p-" + std::to_string(i);
    all.emplace_back(id, to.publish_json(shipped(id)));
  }
  int code = 0;
  for (auto& [id, future] : all) {
    auto x = future.get();
    if (x)
      std::cout << id << ' ' << x->seq << ' ' << x->duplicate << std::endl;
    else
      code = complain(x.error());
  }
  return code;
}

int query(remote_engine& to, const std::string& filter) {
  auto page = to.query({.filter = filter, .ascending = true});
  if (!page)
    return complain(page.error());
  for (const auto& x : page->events)
    std::cout << x << std::endl;
  return 0;
}

std::string id_of(const std::string& event) {
  auto at = event.find("\"id\":\"") + 6;
  return event.substr(at, event.find('"', at) - at);
}

int subscribe(remote_engine& to, const std::string& consumer) {
  remote_subscription_options options;
  options.types = {"order.*"};
  if (const char* given = std::getenv("REMOTE_FILTER"); given != nullptr) {
    auto filter = payload_filter::parse(given);
    if (!filter)
      return complain(filter.error());
    options.filter = std::move(*filter);
  }
  options.from_beginning = true;
  options.credit = 10;
  options.on_end
    = [](const failure& why) { std::cout << "ended " << name_of(why.code) << std::endl; };
  auto begun = to.subscribe(
    consumer,
    [](const std::string& event) -> expected<void> {
      std::cout << id_of(event) << std::endl;
      return {};
    },
    std::move(options));
  if (!begun)
    return complain(begun.error());
  wait_for_end();
  return 0;
}

int first(remote_engine& to, const std::string& consumer) {
  auto seen = std::make_shared<std::promise<std::string>>();
  auto id = seen->get_future();
  auto begun
    = to.subscribe(consumer,
                   [seen, told = false](const std::string& event) mutable -> expected<void> {
                     if (!std::exchange(told, true))
                       seen->set_value(id_of(event));
                     return {};
                   },
                   {.types = {"order.*"}, .from_beginning = true});
  if (!begun)
    return complain(begun.error());
  std::cout << id.get() << std::endl;
  return 0;
}

int idle() {
  std::cout << "ready" << std::endl;
  wait_for_end();
  return 0;
}

// -- with messages ----------------------------------------------------------------

/// Gate and session of this process.
class raw_peer {
public:
  explicit raw_peer(caf::actor_system& system) : system_(system), self_(system) {
  }

  expected<void> open(uint16_t port, const std::string& key) {
    auto gate = system_.middleman().remote_actor<remote_gate_actor>("127.0.0.1", port);
    if (!gate)
      return failure{ec::timeout, system_.render(gate.error()), {}};
    gate_ = *gate;
    expected<void> out;
    self_->request(gate_, 10s, remote_login{remote_version, key})
      .receive(
        [&](const caf::strong_actor_ptr& x) {
          session_ = caf::actor_cast<remote_session_actor>(x);
        },
        [&](const caf::error& why) { out = to_failure(why); });
    return out;
  }

  int text(const std::string& events) {
    int code = 0;
    self_->request(session_, 10s, remote_publish{events})
      .receive(
        [&](const remote_receipts& x) {
          for (const auto& y : x.items)
            std::cout << y.seq << ' ' << y.duplicate << ' ' << y.code << ' ' << y.field
                      << std::endl;
        },
        [&](const caf::error& why) { code = complain(to_failure(why)); });
    return code;
  }

  int exits() {
    for (auto reason : {caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
      caf::anon_send_exit(session_, reason);
      caf::anon_send_exit(gate_, reason);
      self_->send_exit(session_, reason);
    }
    caf::anon_send(caf::actor_cast<caf::actor>(gate_), atom::close_v);
    caf::anon_send(caf::actor_cast<caf::actor>(session_), atom::close_v);
    self_->link_to(session_);
    return text(shipped("exits"));
  }

private:
  caf::actor_system& system_;
  caf::scoped_actor self_;
  remote_gate_actor gate_;
  remote_session_actor session_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  // Blocked before there are threads, so that all of them inherit it.
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  config cfg;
  caf::actor_system system{cfg};
  auto port = static_cast<uint16_t>(std::atoi(argv[1]));
  std::string key = argv[2];
  std::string mode = argv[3];
  std::string argument = argc > 4 ? argv[4] : "";
  if (mode == "exits" || mode == "text") {
    raw_peer peer{system};
    if (auto opened = peer.open(port, key); !opened)
      return complain(opened.error());
    return mode == "exits" ? peer.exits() : peer.text(argument);
  }
  auto engine
    = remote_engine::connect(system, {.port = port,
                                      .key = key,
                                      .tls = std::getenv("REMOTE_TLS") != nullptr,
                                      .connect_deadline = mode == "refused" ? 3'000ms : 20'000ms});
  if (!engine)
    return complain(engine.error());
  if (mode == "publish")
    return publish(**engine, std::atoi(argv[4]), std::atoi(argv[5]));
  if (mode == "query")
    return query(**engine, argument);
  if (mode == "first")
    return first(**engine, argument);
  return mode == "subscribe" ? subscribe(**engine, argument) : idle();
}
