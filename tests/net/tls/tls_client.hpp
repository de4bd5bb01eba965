#pragma once

#include "tests/support/test_certificates.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace carillon::test {

/// A blocking client with TLS that sends any bytes of a test. Trusts any server, and has its
/// certificate. Waits at most 10 s for anything.
class tls_client {
public:
  struct settings {
    int min_version = TLS1_2_VERSION;
    int max_version = 0;
    /// Ciphers of TLS 1.2 and before; empty = OpenSSL's.
    std::string ciphers;
    /// Names for ALPN, each with its length before it.
    std::string protocols;
    /// Shown to the server; null = none.
    const certificate* own = nullptr;
    /// Address of loopback that it comes from.
    const char* from = "127.0.0.1";
    /// False: without a handshake for now.
    bool shakes = true;
  };

  explicit tls_client(uint16_t port) : tls_client(port, settings{}) {
  }

  tls_client(uint16_t port, const settings& x)
    : context_(SSL_CTX_new(TLS_client_method())), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    // So that the server is asked for what the client's own library would reject.
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, x.min_version);
    SSL_CTX_set_max_proto_version(context_, x.max_version);
    if (!x.ciphers.empty())
      SSL_CTX_set_cipher_list(context_, x.ciphers.c_str());
    if (!x.protocols.empty())
      SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(x.protocols.data()),
                              static_cast<unsigned int>(x.protocols.size()));
    if (x.own != nullptr) {
      SSL_CTX_use_certificate(context_, x.own->x509());
      SSL_CTX_use_PrivateKey(context_, x.own->key());
    }
    session_ = SSL_new(context_);
    connected_ = connect(port, x.from) && SSL_set_fd(session_, socket_) == 1
                 && (!x.shakes || SSL_connect(session_) == 1);
  }

  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  ~tls_client() {
    SSL_free(session_);
    SSL_CTX_free(context_);
    ::close(socket_);
  }

  /// The handshake is done on this side. With TLS 1.3 the server may still reject a certificate.
  bool connected() const noexcept {
    return connected_;
  }

  SSL* session() noexcept {
    return session_;
  }

  /// True if the server has shown this certificate.
  bool sees(const certificate& x) const {
    auto* shown = SSL_get0_peer_certificate(session_);
    return shown != nullptr && X509_cmp(shown, x.x509()) == 0;
  }

  /// The protocol that the server has selected; empty if none.
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(session_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  bool send(std::string_view bytes) {
    size_t count = 0;
    return bytes.empty() || SSL_write_ex(session_, bytes.data(), bytes.size(), &count) == 1;
  }

  /// From now on what is sent is kept, until `kept` takes it and `send_raw` sends it.
  void keep() {
    SSL_set0_wbio(session_, BIO_new(BIO_s_mem()));
  }

  /// Records, encrypted.
  std::string kept() {
    char* bytes = nullptr;
    auto size = BIO_get_mem_data(SSL_get_wbio(session_), &bytes);
    std::string out{bytes, static_cast<size_t>(size)};
    static_cast<void>(BIO_reset(SSL_get_wbio(session_)));
    return out;
  }

  bool send_raw(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
           == static_cast<ssize_t>(bytes.size());
  }

  /// The handshake without its last records, which are kept.
  bool shake_keeping_the_end() {
    keep();
    stop_waiting();
    int code = 0;
    while ((code = SSL_connect(session_)) != 1) {
      if (SSL_get_error(session_, code) != SSL_ERROR_WANT_READ || !send_raw(kept())
          || !wait_for(POLLIN, 10'000))
        return false;
    }
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) & ~O_NONBLOCK);
    return true;
  }

  /// A record without data, after which what is sent has other keys (RFC 8446 section 4.6.3).
  bool change_keys(int asks_for_theirs = SSL_KEY_UPDATE_NOT_REQUESTED) {
    return SSL_key_update(session_, asks_for_theirs) == 1 && SSL_do_handshake(session_) == 1;
  }

  /// Reads until the text has come; what was read so far, also without it at the end.
  std::string read_until(std::string_view text) {
    while (in_.find(text) == std::string::npos && more()) {
    }
    return in_;
  }

  /// Reads until the text has come so many times, and forgets what was read; false if it does not.
  bool reads(std::string_view text, int times) {
    const auto count = [&] {
      int out = 0;
      for (auto at = in_.find(text); at != std::string::npos; at = in_.find(text, at + 1))
        ++out;
      return out;
    };
    while (count() < times && more()) {
    }
    const auto got = count();
    in_.clear();
    return got == times;
  }

  /// From now on `try_send` and `try_read` do not wait.
  void stop_waiting() {
    ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  }

  /// False if the server does not take the bytes now; they are to be sent again.
  bool try_send(std::string_view bytes) {
    size_t count = 0;
    ERR_clear_error();
    return done_at_once(SSL_write_ex(session_, bytes.data(), bytes.size(), &count));
  }

  /// Number of bytes that have come and are forgotten.
  size_t try_read() {
    std::array<char, 16'384> chunk;
    size_t count = 0;
    ERR_clear_error();
    return done_at_once(SSL_read_ex(session_, chunk.data(), chunk.size(), &count)) ? count : 0;
  }

  /// Waits for POLLIN or POLLOUT; false after the deadline, and once `try_send` or `try_read` has
  /// found that the connection has ended: its end is always ready.
  bool wait_for(short what, int milliseconds) {
    pollfd at{.fd = socket_, .events = what, .revents = 0};
    return !ended_ && ::poll(&at, 1, milliseconds) == 1;
  }

  /// Sends a request and reads its answer; empty if there is none.
  std::string ask(std::string_view request) {
    in_.clear();
    if (!send(request))
      return {};
    auto end = read_until("\r\n\r\n").find("\r\n\r\n");
    if (end == std::string::npos)
      return {};
    constexpr std::string_view name = "Content-Length: ";
    auto at = in_.find(name);
    auto size = at < end ? std::stoul(in_.substr(at + name.size())) : 0;
    while (in_.size() < end + 4 + size)
      if (!more())
        return {};
    return in_;
  }

private:
  bool connect(uint16_t port, const char* from) {
    timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &own.sin_addr);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof(own)) == 0
           && ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }

  bool done_at_once(int code) {
    if (code == 1)
      return true;
    const auto why = SSL_get_error(session_, code);
    ended_ = ended_ || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE);
    return false;
  }

  bool more() {
    std::array<char, 16'384> chunk;
    size_t count = 0;
    if (SSL_read_ex(session_, chunk.data(), chunk.size(), &count) != 1)
      return false;
    in_.append(chunk.data(), count);
    return true;
  }

  SSL_CTX* context_;
  SSL* session_ = nullptr;
  int socket_;
  bool connected_ = false;
  /// A call that does not wait found the end of the connection.
  bool ended_ = false;
  std::string in_;
};

} // namespace carillon::test
