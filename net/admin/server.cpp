#include "net/admin/server.hpp"

#include "net/admin/receive.hpp"
#include "net/admin/routes.hpp"
#include "net/admin/worker_queue.hpp"
#include "net/data/answers.hpp"
#include "net/data/request_head.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace carillon::admin {

namespace {

constexpr int backlog = 512;
/// Pause before listening anew.
constexpr std::chrono::milliseconds reopen_pause{100};

/// The request that this thread answers; httplib's handlers take its own type only.
thread_local const incoming* current = nullptr;

/// What httplib reads from and writes to: a request line that leaves nothing to
/// parse, since all was parsed before, and the client's socket.
class answer_stream final : public httplib::Stream {
public:
  answer_stream(const client_socket& client, const incoming& request,
                std::chrono::milliseconds time_to_write)
    : client_(client), request_(request), head_(request.method + " / HTTP/1.1\r\n\r\n"),
      time_to_write_(time_to_write) {
  }

  bool is_readable() const override {
    return read_ < head_.size();
  }

  bool is_writable() const override {
    return true;
  }

  ssize_t read(char* to, size_t size) override {
    auto count = std::min(size, head_.size() - read_);
    std::memcpy(to, head_.data() + read_, count);
    read_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, size_t size) override {
    // The time begins when there is something to take.
    if (deadline_ == client_socket::time_point{})
      deadline_ = std::chrono::steady_clock::now() + time_to_write_;
    return client_.write({from, size}, deadline_) ? static_cast<ssize_t>(size) : -1;
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = request_.remote_addr;
    port = 0;
  }

  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }

  /// httplib refuses descriptors past 1023, which it would `select`; here it never does.
  socket_t socket() const override {
    return 0;
  }

private:
  const client_socket& client_;
  const incoming& request_;
  std::string head_;
  size_t read_ = 0;
  std::chrono::milliseconds time_to_write_;
  client_socket::time_point deadline_;
};

std::string refusal_text(const rejection& x) {
  std::string out;
  auto date = data::date_line();
  data::append_problem(out, data::refusal{.why = x.why, .status = x.status},
                       {.close = true, .date = date});
  return out;
}

void fill(httplib::Response& to, answer from) {
  to.status = from.status;
  auto date = data::date_line();
  to.set_header("Date", date.substr(6, date.size() - 8));
  to.set_header("Cache-Control", "no-store");
  to.set_header("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : from.fields)
    to.set_header(name, value);
  if (from.status == 204)
    return;
  to.set_header("Content-Type", from.media_type);
  to.body = std::move(from.body);
}

failure failure_to_listen(int reason, const std::string& address) {
  if (reason == EADDRINUSE)
    return {ec::conflict, "the address " + address + " is in use already", "adminListen"};
  if (reason == EACCES)
    return {ec::invalid_argument, "no permission to listen on " + address, "adminListen"};
  if (reason == EADDRNOTAVAIL)
    return {ec::invalid_argument, address + " is not an address of this machine", "adminListen"};
  return {ec::internal, "cannot listen on " + address, "adminListen"};
}

struct endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;

  sockaddr* get() {
    return reinterpret_cast<sockaddr*>(&address);
  }
};

std::optional<endpoint> endpoint_of(const std::string& host, uint16_t port) {
  endpoint out;
  auto& four = reinterpret_cast<sockaddr_in&>(out.address);
  auto& six = reinterpret_cast<sockaddr_in6&>(out.address);
  const auto* text = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof(four);
  } else if (::inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.size = sizeof(six);
  } else {
    return std::nullopt;
  }
  return out;
}

} // namespace

server::server(context& ctx) : ctx_(ctx), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  new_task_queue = [this] { return new worker_queue(ctx_.options.threads, ctx_.options.waiting); };
  set_pre_routing_handler([this](const httplib::Request&, httplib::Response& to) {
    fill(to, dispatch(ctx_, *current));
    return HandlerResponse::Handled;
  });
  set_exception_handler([](const httplib::Request&, httplib::Response& to, std::exception_ptr) {
    fill(to, problem({ec::internal, "an internal error occurred", {}}));
  });
  set_error_handler([](const httplib::Request&, httplib::Response& to) {
    if (to.body.empty())
      fill(to, problem({ec::invalid_argument, "the request is not valid", {}}, to.status));
  });
}

server::~server() {
  ::close(wake_);
}

expected<void> server::open(const std::string& host, uint16_t port) {
  auto text = host + ':' + std::to_string(port);
  auto at = endpoint_of(host, port);
  if (!at)
    return failure{ec::invalid_argument, "'" + host + "' is not an IP address", "adminListen"};
  // Not httplib's own: that sets SO_REUSEPORT, and two processes would share the port.
  auto sock = ::socket(at->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  if (sock < 0 || ::setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
      || ::bind(sock, at->get(), at->size) != 0 || ::listen(sock, backlog) != 0
      || ::getsockname(sock, at->get(), &at->size) != 0) {
    auto reason = errno;
    if (sock >= 0)
      ::close(sock);
    return failure_to_listen(reason, text);
  }
  host_ = host;
  port_ = ntohs(reinterpret_cast<const sockaddr_in&>(at->address).sin_port);
  svr_sock_ = sock;
  return {};
}

void server::serve() {
  while (!interrupted_) {
    if (svr_sock_ != INVALID_SOCKET) {
      listen_after_bind();
      svr_sock_ = INVALID_SOCKET; // closed by whoever ended it
      continue;
    }
    // httplib gives up listening when one accept fails, e.g. for want of memory.
    std::this_thread::sleep_for(reopen_pause);
    [[maybe_unused]] auto opened = open(host_, port_);
  }
  if (auto left = svr_sock_.exchange(INVALID_SOCKET); left != INVALID_SOCKET)
    ::close(left);
}

void server::interrupt() {
  interrupted_ = true;
  uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_, &one, sizeof(one));
  // httplib asserts that it is called once, and does nothing unless it listens.
  if (svr_sock_ != INVALID_SOCKET)
    stop();
}

bool server::process_and_close_socket(socket_t sock) {
  client_socket client{sock, wake_};
  try {
    if (worker_queue::turns_away())
      client.turn_away(
        refusal_text({.why = {ec::overloaded, "too many requests wait, retry after a pause", {}}}));
    else
      answer_request(client);
  } catch (...) {
    // Out of memory while receiving: the client sees its connection closed.
    return false;
  }
  return true;
}

void server::answer_request(const client_socket& client) {
  int on = 1;
  ::setsockopt(client.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  auto received = receive(client, ctx_.options);
  if (received.request)
    write_answer(client, *received.request);
  else if (received.refused)
    client.write(refusal_text(*received.refused),
                 std::chrono::steady_clock::now() + ctx_.options.write_deadline);
  else
    return;
  client.finish();
}

void server::write_answer(const client_socket& client, const incoming& request) {
  answer_stream stream{client, request, ctx_.options.write_deadline};
  auto closed = false;
  current = &request;
  process_request(stream, true, closed, nullptr);
  current = nullptr;
}

} // namespace carillon::admin
