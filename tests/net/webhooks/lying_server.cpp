#include "tests/net/webhooks/lying_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace carillon::test {

namespace {

int choose_http2(SSL*, const unsigned char** out, unsigned char* size, const unsigned char*,
                 unsigned, void*) {
  *out = reinterpret_cast<const unsigned char*>("h2");
  *size = 2;
  return SSL_TLSEXT_ERR_OK;
}

} // namespace

// lying_connection

lying_connection::lying_connection(int socket, SSL_CTX* tls) : socket_(socket) {
  int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (tls == nullptr)
    return;
  ssl_ = SSL_new(tls);
  SSL_set_fd(ssl_, socket_);
}

lying_connection::~lying_connection() {
  SSL_free(ssl_);
  if (socket_ >= 0)
    ::close(socket_);
}

std::string lying_connection::read_request() {
  auto end = in_.find("\r\n\r\n");
  for (; end == std::string::npos; end = in_.find("\r\n\r\n"))
    if (!more())
      return {};
  size_t size = end + 4;
  if (auto at = in_.find("Content-Length: "); at < end)
    size += std::stoul(in_.substr(at + 16));
  while (in_.size() < size)
    if (!more())
      return {};
  auto out = in_.substr(0, size);
  in_.erase(0, size);
  return out;
}

std::string lying_connection::read_bytes(size_t count) {
  while (in_.size() < count && more()) {
  }
  auto out = in_.substr(0, count);
  in_.erase(0, count);
  return out;
}

bool lying_connection::more() {
  std::array<char, 16'384> chunk;
  auto size = static_cast<int>(chunk.size());
  auto count = ssl_ != nullptr ? SSL_read(ssl_, chunk.data(), size)
                               : static_cast<int>(::recv(socket_, chunk.data(), chunk.size(), 0));
  if (count <= 0)
    return false;
  in_.append(chunk.data(), static_cast<size_t>(count));
  return true;
}

bool lying_connection::send(std::string_view bytes) {
  if (ssl_ != nullptr)
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  while (!bytes.empty()) {
    auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool lying_connection::answer(std::string_view status_and_fields, std::string_view body) {
  std::string out = "HTTP/1.1 ";
  out.append(status_and_fields);
  out += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out.append(body);
  return send(out);
}

void lying_connection::wait_for_end() {
  while (more())
    in_.clear();
}

void lying_connection::reset() {
  linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  ::close(std::exchange(socket_, -1));
}

std::string lying_connection::local_address() const {
  sockaddr_in in{};
  socklen_t size = sizeof(in);
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&in), &size);
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
  return text.data();
}

void lying_connection::interrupt() {
  if (socket_ >= 0)
    ::shutdown(socket_, SHUT_RDWR);
}

// lying_server

lying_server::lying_server(script play) : lying_server(options{}, std::move(play)) {
}

lying_server::lying_server(options opts, script play)
  : options_(std::move(opts)), play_(std::move(play)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (options_.identity != nullptr) {
    tls_ = SSL_CTX_new(TLS_server_method());
    // Level 0 lets the server speak the versions which the client must refuse.
    SSL_CTX_set_cipher_list(tls_, "ALL:@SECLEVEL=0");
    SSL_CTX_set_max_proto_version(tls_, options_.newest_tls);
    if (options_.http2)
      SSL_CTX_set_alpn_select_cb(tls_, choose_http2, nullptr);
    SSL_CTX_use_certificate(tls_, options_.identity->x509());
    SSL_CTX_use_PrivateKey(tls_, options_.identity->key());
  }
  listen(options_.address);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

lying_server::~lying_server() {
  {
    std::lock_guard lock{mutex_};
    stopped_ = true;
    for (auto* x : open_)
      x->interrupt();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& x : threads_)
    x.join();
  ::close(listener_);
  SSL_CTX_free(tls_);
}

void lying_server::listen(const std::string& address) {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &in.sin_addr);
  socklen_t size = sizeof(in);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&in), sizeof(in)) != 0
      || ::listen(listener_, 512) != 0
      || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&in), &size) != 0)
    throw std::runtime_error("cannot listen on " + address);
  port_ = ntohs(in.sin_port);
}

std::string lying_server::url(std::string_view path, std::string_view host) const {
  return std::string{tls_ != nullptr ? "https://" : "http://"} + std::string{host} + ":"
         + std::to_string(port_) + std::string{path};
}

void lying_server::accept_all() {
  for (;;) {
    auto socket = ::accept(listener_, nullptr, nullptr);
    std::lock_guard lock{mutex_};
    if (socket < 0 || stopped_) {
      if (socket >= 0)
        ::close(socket);
      return;
    }
    accepted_.fetch_add(1);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void lying_server::serve(int socket) {
  lying_connection x{socket, tls_};
  {
    std::lock_guard lock{mutex_};
    if (stopped_)
      return;
    open_.push_back(&x);
  }
  if (tls_ == nullptr || SSL_accept(x.ssl_) == 1)
    play_(x);
  std::lock_guard lock{mutex_};
  std::erase(open_, &x);
}

} // namespace carillon::test
