// Live sessions: a node, npm `ws` and the clients are processes of their own on the same cores.
//
//   session_bench broadcast --port P --ws-port P [--sessions 100] [--data 20] [--rounds 3]
//                           [--seconds 2] [--batch N [--window N]]
//   session_bench memory    --port P --pid NODE [--sessions 10000]
//   session_bench storm     --port P [--sessions 5000] [--behind 100]
//
// The node runs with --dev --accept-unknown-types, and room for the sessions. Every figure is
// printed as one JSON line.

#include "bench/session_client.hpp"
#include "bench/support.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>

#include <sys/resource.h>

using namespace carillon::bench;

namespace {

using clock_type = session_crowd::clock;

/// An array of events for all sessions.
std::string body_of(size_t events, size_t data_bytes) {
  constexpr size_t braces = 8;
  std::string one = R"({"type":"bench.tick","audience":"all","data":{"k":")"
                    + std::string(data_bytes - braces, 'x') + R"("}})";
  std::string out = "[";
  for (size_t i = 0; i < events; ++i)
    out += (i > 0 ? "," : "") + one;
  return out + ']';
}

std::string frames_of(size_t events, const std::string& payload) {
  auto one = masked_frame(payload);
  std::string out;
  for (size_t i = 0; i < events; ++i)
    out += one;
  return out;
}

double since(clock_type::time_point begin) {
  return std::chrono::duration<double>(clock_type::now() - begin).count();
}

void open_all(session_crowd& crowd, size_t sessions) {
  crowd.open();
  if (!crowd.run([&] { return crowd.opened() == sessions; }, 60))
    fail("only " + std::to_string(crowd.opened()) + " sessions were opened");
}

/// Every session has exactly the published events, neither fewer nor more.
void check_exact(session_crowd& crowd, size_t sessions, uint64_t published) {
  crowd.run([] { return false; }, 0.2);
  for (size_t i = 0; i < sessions; ++i)
    if (crowd.events(i) != published)
      fail("session " + std::to_string(i) + " has " + std::to_string(crowd.events(i)) + " of "
           + std::to_string(published) + " events");
}

struct load {
  size_t sessions = 100;
  size_t data_bytes = 20;
  double seconds = 2;
  /// Events under way in the run for throughput, and events per publication.
  size_t window = 1'024;
  size_t batch = 256;
  /// Events a second in the run for latency.
  double rate = 200;
};

/// @param batch events per publication; 0 = a suitable number, else:
/// @param window events under way; at least one batch
load load_of(size_t sessions, size_t data_bytes, double seconds, size_t batch = 0,
             size_t window = 0) {
  constexpr size_t most_bytes = 256UL * 1024;
  constexpr double deliveries = 20'000;
  load out{sessions, data_bytes, seconds};
  // Bounded by what the kernel's buffers of all sessions may hold.
  out.window = std::clamp<size_t>(600'000 / sessions, 64, 1'024);
  out.window = std::min(out.window, most_bytes / (data_bytes + 256));
  out.batch = out.window / 4;
  if (batch != 0) {

    out.batch = batch;
    out.window = std::max(batch, window);
  }
  out.rate = std::clamp(deliveries / static_cast<double>(sessions), 2.0, 200.0);
  return out;
}

struct figures {
  double per_second = 0;
  std::vector<double> latencies_ms = {};
  /// Time until the last session has it.
  std::vector<double> last_ms = {};
  std::string sample = {};
};

/// A batch is published as soon as all sessions have the batch one window before it.
double throughput(session_crowd& crowd, const load& with, const std::string& batch,
                  uint64_t& published) {
  std::vector<size_t> reached;
  uint64_t complete = 0;
  auto first = published;
  crowd.on_events = [&](size_t, uint64_t before, uint64_t now) {
    for (auto i = (before - first) / with.batch; i < (now - first) / with.batch; ++i)
      complete += ++reached[i] == with.sessions ? 1 : 0;
  };
  auto begin = clock_type::now();
  auto done = [&] {
    auto time_is_up = since(begin) >= with.seconds;
    while (!time_is_up && (reached.size() - complete + 1) * with.batch <= with.window) {
      reached.push_back(0);
      published += with.batch;
      crowd.publish(batch);
    }
    return time_is_up && complete == reached.size();
  };
  if (!crowd.run(done, with.seconds + 60))
    fail("not all sessions got all events");
  return static_cast<double>((published - first) * with.sessions) / since(begin);
}

void latency(session_crowd& crowd, const load& with, const std::string& one, uint64_t& published,
             figures& out) {
  auto first = published;
  std::vector<clock_type::time_point> sent;
  std::vector<clock_type::time_point> last;
  size_t complete = 0;
  std::vector<size_t> reached;
  auto ms = [](auto x) { return std::chrono::duration<double, std::milli>(x).count(); };
  crowd.on_events = [&](size_t, uint64_t before, uint64_t now) {
    auto at = clock_type::now();
    for (auto i = before - first; i < now - first; ++i) {
      out.latencies_ms.push_back(ms(at - sent[i]));
      last[i] = at;
      complete += ++reached[i] == with.sessions ? 1 : 0;
    }
  };
  auto total = static_cast<size_t>(with.rate * with.seconds);
  auto begin = clock_type::now();
  auto done = [&] {
    if (sent.size() < total && since(begin) >= static_cast<double>(sent.size()) / with.rate) {
      sent.push_back(clock_type::now());
      last.emplace_back();
      reached.push_back(0);
      ++published;
      crowd.publish(one);
    }
    return complete == total;
  };
  if (!crowd.run(done, with.seconds + 60))
    fail("not all sessions got all events");
  for (size_t i = 0; i < total; ++i)
    out.last_ms.push_back(ms(last[i] - sent[i]));
}

/// @param payload of an event, for a server that only forwards it; empty for a node
figures measure(uint16_t port, const load& with, const std::string& payload) {
  auto is_node = payload.empty();
  crowd_options options;
  options.port = port;
  options.sessions = with.sessions;
  options.target = is_node ? "/ws?user=u-1" : "/";
  options.greeted = is_node;
  options.by = is_node ? publishing::http : publishing::websocket;
  session_crowd crowd{std::move(options)};
  auto made = [&](size_t events) {
    return is_node ? body_of(events, with.data_bytes) : frames_of(events, payload);
  };
  open_all(crowd, with.sessions);
  uint64_t published = 0;
  auto warm_up = with;
  warm_up.seconds = 0.3;
  auto batch = made(with.batch);
  throughput(crowd, warm_up, batch, published);
  figures out;
  out.per_second = throughput(crowd, with, batch, published);
  latency(crowd, with, made(1), published, out);
  check_exact(crowd, with.sessions, published);
  out.sample = crowd.sample();
  return out;
}

void append(std::vector<double>& to, const std::vector<double>& x) {
  to.insert(to.end(), x.begin(), x.end());
}

void bench_broadcast(uint16_t port, uint16_t ws_port, const load& with, int rounds) {
  figures ours;
  figures theirs;
  std::vector<double> rates;
  std::vector<double> ws_rates;
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    auto x = measure(port, with, {});
    ours.sample = x.sample;
    rates.push_back(x.per_second);
    append(ours.latencies_ms, x.latencies_ms);
    append(ours.last_ms, x.last_ms);
    if (ws_port == 0)
      continue;
    auto y = measure(ws_port, with, x.sample);
    ws_rates.push_back(y.per_second);
    ratios.push_back(x.per_second / y.per_second);
    append(theirs.latencies_ms, y.latencies_ms);
    append(theirs.last_ms, y.last_ms);
  }
  std::printf(
    R"({"bench":"session_broadcast","sessions":%zu,"data_bytes":%zu,"payload_bytes":%zu,"batch":%zu,"window":%zu,)"
    R"("deliveries_per_second":%s,"latency_rate":%.0f,"latency_ms":%s,"last_ms":%s)",
    with.sessions, with.data_bytes, ours.sample.size(), with.batch, with.window,
    spread(rates).c_str(), with.rate, percentiles(ours.latencies_ms).c_str(),
    percentiles(ours.last_ms).c_str());
  if (ws_port != 0)
    std::printf(R"(,"ws_deliveries_per_second":%s,"ratio":%s,"ws_latency_ms":%s,"ws_last_ms":%s)",
                spread(ws_rates).c_str(), spread(ratios).c_str(),
                percentiles(theirs.latencies_ms).c_str(), percentiles(theirs.last_ms).c_str());
  std::printf("}\n");
}

// -- memory ---------------------------------------------------------------------

double rss_kib(long pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/status"};
  std::string word;
  while (in >> word)
    if (word == "VmRSS:") {
      double out = 0;
      in >> out;
      return out;
    }
  fail("no such process");
}

/// Memory of idle sessions in the node. Only its own memory: the kernel's, for sockets, does not
/// count.
void bench_memory(uint16_t port, long pid, size_t sessions) {
  crowd_options options;
  options.port = port;
  options.target = "/ws?user=u-1&company=c-1";
  {
    // One-time memory: code that is touched first, pools, tables. Only a few sessions, since later
    // ones reuse the memory freed before.
    options.sessions = 50;
    session_crowd crowd{options};
    open_all(crowd, options.sessions);
    uint64_t published = 0;
    figures unused;
    latency(crowd, load_of(options.sessions, 20, 0.1), body_of(1, 20), published, unused);
    crowd.run([] { return false; }, 1);
  }
  auto before = rss_kib(pid);
  options.sessions = sessions;
  session_crowd crowd{options};
  open_all(crowd, sessions);
  crowd.run([] { return false; }, 2);
  auto opened = rss_kib(pid);
  // One event to each session, so that all have been written to.
  uint64_t published = 0;
  auto with = load_of(sessions, 20, 0);
  figures unused;
  with.rate = with.seconds = 1;
  latency(crowd, with, body_of(1, 20), published, unused);
  crowd.run([] { return false; }, 2);
  auto after = rss_kib(pid);
  auto each = [&](double x) { return (x - before) / static_cast<double>(sessions); };
  std::printf(R"({"bench":"session_memory","sessions":%zu,"rss_before_kib":%.0f,"rss_kib":%.0f,)"
              R"("kib_per_session":%.2f,"kib_after_an_event":%.2f})"
              "\n",
              sessions, before, opened, each(opened), each(after));
}

// -- storm ------------------------------------------------------------------------

void bench_storm(uint16_t port, size_t sessions, size_t behind, const std::string& label) {
  // A new client does not know the head of the log: the first hello contains it.
  uint64_t head = 0;
  {
    crowd_options options;
    options.port = port;
    options.sessions = 1;
    options.target = "/ws?user=u-1&since=0";
    session_crowd crowd{options};
    open_all(crowd, 1);
    crowd.publish(body_of(behind, 20));
    // Other events in the log come first.
    uint64_t seen = 0;
    auto quiet = clock_type::now();
    auto done = [&] {
      if (crowd.events(0) != seen)
        quiet = clock_type::now();
      seen = crowd.events(0);
      return crowd.answered() == 1 && seen >= behind && since(quiet) > 0.5;
    };
    if (!crowd.run(done, 60))
      fail("the log could not be read");
    head = seen;
  }
  crowd_options options;
  options.port = port;
  options.sessions = options.opening = sessions;
  options.target = "/ws?user=u-1&since=" + std::to_string(head - behind);
  session_crowd crowd{std::move(options)};
  size_t caught_up = 0;
  size_t live = 0;
  size_t complete = 0;
  crowd.on_events = [&](size_t session, uint64_t before, uint64_t now) {
    if (before < behind && now >= behind) {
      ++caught_up;
      crowd.say(session, R"({"op":"ping"})");
    }
    if (now > behind)
      ++complete;
  };
  crowd.on_position = [&](size_t) { ++live; };
  auto begin = clock_type::now();
  crowd.open();
  std::optional<double> all_open;
  std::optional<double> all_caught_up;
  auto done = [&] {
    if (!all_open && crowd.opened() == sessions)
      all_open = since(begin);
    if (!all_caught_up && caught_up == sessions)
      all_caught_up = since(begin);
    return live == sessions;
  };
  if (!crowd.run(done, 60))
    fail("only " + std::to_string(live) + " of " + std::to_string(sessions) + " came back");
  auto all_live = since(begin);
  // Each of them gets a new event.
  crowd.publish(body_of(1, 20));
  if (!crowd.run([&] { return complete == sessions; }, 60))
    fail("not all are live");
  auto with_next = since(begin);
  check_exact(crowd, sessions, behind + 1);
  std::printf(R"({"bench":"session_storm","from":"%s","sessions":%zu,"behind":%zu,)"
              R"("all_open_s":%.2f,"all_caught_up_s":%.2f,"all_live_s":%.2f,"next_event_s":%.2f})"
              "\n",
              label.c_str(), sessions, behind, all_open.value_or(0), all_caught_up.value_or(0),
              all_live, with_next);
}

double number(const std::map<std::string, std::string>& flags, const std::string& name,
              double otherwise) {
  auto i = flags.find(name);
  return i == flags.end() ? otherwise : std::stod(i->second);
}

void raise_descriptor_limit(size_t sessions) {
  constexpr size_t others = 64;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < sessions + others)
    fail("so many sessions need a higher limit of open files: ulimit -n");
}

} // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 1 ? argv[1] : "";
  std::map<std::string, std::string> flags;
  for (int i = 2; i + 1 < argc; i += 2)
    flags[argv[i]] = argv[i + 1];
  auto port = static_cast<uint16_t>(number(flags, "--port", 0));
  auto is_storm = mode == "storm";
  auto sessions = static_cast<size_t>(number(flags, "--sessions",
                                             is_storm           ? 5'000
                                             : mode == "memory" ? 10'000
                                                                : 100));
  raise_descriptor_limit(sessions);
  if (mode == "broadcast")
    bench_broadcast(port, static_cast<uint16_t>(number(flags, "--ws-port", 0)),
                    load_of(sessions, static_cast<size_t>(number(flags, "--data", 20)),
                            number(flags, "--seconds", 2),
                            static_cast<size_t>(number(flags, "--batch", 0)),
                            static_cast<size_t>(number(flags, "--window", 0))),
                    static_cast<int>(number(flags, "--rounds", 3)));
  else if (mode == "memory")
    bench_memory(port, static_cast<long>(number(flags, "--pid", 0)), sessions);
  else if (is_storm)
    bench_storm(port, sessions, static_cast<size_t>(number(flags, "--behind", 100)),
                flags.count("--from") > 0 ? flags["--from"] : "memory");
  else
    fail("usage: session_bench broadcast|memory|storm");
  return 0;
}
