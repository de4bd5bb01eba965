// A closed-loop load generator: N connections, each with one request under way, one thread.
// It speaks HTTP (POST of events) or RESP (Redis XADD), so that both are driven by the same loop.
//
//   http_load --port P --connections 64 --seconds 10 --batch 1 [--path /api/events] [--tls]
//   [--redis]
//
// Prints one JSON line: events/s, requests/s, latency percentiles in microseconds, and the
// processor time of the load itself in microseconds per request, which is spent beside the server.
// With --tls every connection has done its handshake before the first request, and trusts any
// certificate.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using clock_type = std::chrono::steady_clock;

struct settings {
  uint16_t port = 0;
  size_t connections = 64;
  double seconds = 10.0;
  double warm_up = 1.0;
  size_t batch = 1;
  std::string path = "/api/events";
  bool redis = false;
  bool tls = false;
};

struct connection {
  int fd = -1;
  /// Null without TLS.
  SSL* tls = nullptr;
  std::string request;
  std::string input;
  clock_type::time_point sent_at;
};

std::string event_json(uint64_t n) {
  auto id = std::to_string(n);
  return R"({"type":"order.created","companyId":"c-)" + std::to_string(n % 100)
         + R"(","userId":"u-)" + std::to_string(n % 10'000) + R"(","data":{"orderId":"o-)" + id
         + R"(","total":129.5,"items":[{"sku":"sku-1","quantity":2},{"sku":"sku-2","quantity":1}],"status":"new"}})";
}

std::string http_request(const settings& x, uint64_t& next) {
  std::string body;
  if (x.batch == 1) {
    body = event_json(next++);
  } else {
    body = "[";
    for (size_t i = 0; i < x.batch; ++i)
      body += (i > 0 ? "," : "") + event_json(next++);
    body += ']';
  }
  return "POST " + x.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string redis_request(uint64_t& next) {
  auto payload = event_json(next++);
  auto bulk
    = [](const std::string& s) { return "$" + std::to_string(s.size()) + "\r\n" + s + "\r\n"; };
  return "*5\r\n" + bulk("XADD") + bulk("events") + bulk("*") + bulk("e") + bulk(payload);
}

void fill(const settings& x, connection& c, uint64_t& next) {
  c.request = x.redis ? redis_request(next) : http_request(x, next);
}

/// Length of the first complete answer in `in`, 0 if there is none; ends the program on an error.
size_t complete_answer(const settings& x, std::string_view in) {
  if (x.redis) {
    auto eol = in.find("\r\n");
    if (eol == std::string_view::npos)
      return 0;
    if (in[0] == '-') {
      std::fprintf(stderr, "refused: %.*s\n", static_cast<int>(eol), in.data());
      std::exit(1);
    }
    auto size = static_cast<size_t>(std::atoi(in.data() + 1));
    auto total = eol + 2 + size + 2;
    return in.size() >= total ? total : 0;
  }
  auto head = in.find("\r\n\r\n");
  if (head == std::string_view::npos)
    return 0;
  if (in.size() > 12 && in[9] != '2') {
    std::fprintf(stderr, "refused: %.*s\n", static_cast<int>(std::min<size_t>(in.size(), 400)),
                 in.data());
    std::exit(1);
  }
  auto field = in.find("ontent-");
  size_t length = 0;
  while (field != std::string_view::npos && field < head) {
    if (::strncasecmp(in.data() + field, "ontent-length:", 14) == 0) {
      length = static_cast<size_t>(std::atoll(in.data() + field + 14));
      break;
    }
    field = in.find("ontent-", field + 1);
  }
  auto total = head + 4 + length;
  return in.size() >= total ? total : 0;
}

/// A whole handshake, as a client does it that keeps its connection.
SSL* begin_tls(SSL_CTX* context, int fd) {
  auto* out = SSL_new(context);
  if (out == nullptr || SSL_set_fd(out, fd) != 1 || SSL_connect(out) != 1) {
    std::fprintf(stderr, "no handshake with the server\n");
    std::exit(1);
  }
  return out;
}

/// At most 0 at the end of the connection.
ssize_t receive(connection& c, char* to, size_t size) {
  return c.tls == nullptr ? ::recv(c.fd, to, size, 0) : SSL_read(c.tls, to, static_cast<int>(size));
}

void send_request(connection& c) {
  c.sent_at = clock_type::now();
  if (c.tls != nullptr) {
    if (SSL_write(c.tls, c.request.data(), static_cast<int>(c.request.size())) > 0)
      return;
    std::fprintf(stderr, "the server takes no request\n");
    std::exit(1);
  }
  size_t done = 0;
  while (done < c.request.size()) {
    auto n = ::send(c.fd, c.request.data() + done, c.request.size() - done, MSG_NOSIGNAL);
    if (n <= 0) {
      std::perror("send");
      std::exit(1);
    }
    done += static_cast<size_t>(n);
  }
}

int connect_to(uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

settings parse(int argc, char** argv) {
  settings x;
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    auto value = [&]() -> const char* { return i + 1 < argc ? argv[++i] : ""; };
    if (name == "--port")
      x.port = static_cast<uint16_t>(std::atoi(value()));
    else if (name == "--connections")
      x.connections = static_cast<size_t>(std::atoi(value()));
    else if (name == "--seconds")
      x.seconds = std::atof(value());
    else if (name == "--batch")
      x.batch = static_cast<size_t>(std::atoi(value()));
    else if (name == "--path")
      x.path = value();
    else if (name == "--redis")
      x.redis = true;
    else if (name == "--tls")
      x.tls = true;
  }
  return x;
}

/// Processor time of this process, in microseconds.
double processor_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

void report(const settings& x, uint64_t requests, double seconds, double own_us,
            std::vector<uint32_t>& us) {
  std::sort(us.begin(), us.end());
  auto at = [&](double q) {
    return us.empty() ? 0u : us[static_cast<size_t>(q * static_cast<double>(us.size() - 1))];
  };
  std::printf(
    R"({"events_per_s":%.0f,"requests_per_s":%.0f,"p50_us":%u,"p99_us":%u,"max_us":%u,"load_us":%.1f})"
    "\n",
    static_cast<double>(requests * x.batch) / seconds, static_cast<double>(requests) / seconds,
    at(0.5), at(0.99), at(1.0), own_us / static_cast<double>(std::max<uint64_t>(requests, 1)));
}

} // namespace

int main(int argc, char** argv) {
  auto x = parse(argc, argv);
  int poll = ::epoll_create1(0);
  std::vector<connection> all(x.connections);
  // Requests are made beforehand, so that the generator costs little; ids come from the server.
  uint64_t next = 1;
  auto* context = SSL_CTX_new(TLS_client_method());
  // One read of the socket for a whole answer.
  SSL_CTX_set_read_ahead(context, 1);
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].fd = connect_to(x.port);
    if (x.tls)
      all[i].tls = begin_tls(context, all[i].fd);
    fill(x, all[i], next);
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = i;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &e);
  }
  for (auto& c : all)
    send_request(c);
  auto begin = clock_type::now();
  auto measured_from
    = begin
      + std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(x.warm_up));
  auto end
    = measured_from
      + std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(x.seconds));
  uint64_t requests = 0;
  double used_before = -1;
  std::vector<uint32_t> latencies;
  latencies.reserve(1 << 20);
  std::array<epoll_event, 256> events{};
  std::array<char, 65536> chunk{};
  for (auto now = begin; now < end;) {
    int n = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    now = clock_type::now();
    if (used_before < 0 && now >= measured_from)
      used_before = processor_us();
    for (int i = 0; i < n; ++i) {
      auto& c = all[events[static_cast<size_t>(i)].data.u64];
      auto got = receive(c, chunk.data(), chunk.size());
      if (got <= 0) {
        std::fprintf(stderr, "connection closed by the server\n");
        return 1;
      }
      c.input.append(chunk.data(), static_cast<size_t>(got));
      auto size = complete_answer(x, c.input);
      if (size == 0)
        continue;
      c.input.erase(0, size);
      if (now >= measured_from) {
        ++requests;
        latencies.push_back(static_cast<uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - c.sent_at).count()));
      }
      send_request(c);
    }
  }
  report(x, requests, x.seconds, processor_us() - used_before, latencies);
  return 0;
}
