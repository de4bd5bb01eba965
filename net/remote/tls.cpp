#include "net/remote/tls.hpp"

#include <csignal>
#include <new>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>

namespace carillon::remote {

namespace {

/// The reason of OpenSSL's last failure on this thread.
std::string last_error() {
  auto code = ERR_peek_last_error();
  ERR_clear_error();
  const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "no reason given" : text;
}

failure no_file(const char* what, const std::string& path, const char* option) {
  return {ec::invalid_argument, std::string{what} + ' ' + path + " cannot be used: " + last_error(),
          option};
}

/// OpenSSL writes without MSG_NOSIGNAL. The signal of a closed connection stays pending, unseen.
void block_sigpipe() noexcept {
  static thread_local const bool blocked = [] {
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    return pthread_sigmask(SIG_BLOCK, &pipe_only, nullptr) == 0;
  }();
  static_cast<void>(blocked);
}

} // namespace

// -- context --------------------------------------------------------------------

expected<tls_context_ptr> tls_context::open(const std::string& certificate, const std::string& key,
                                            const std::string& authority) {
  ERR_clear_error();
  auto* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr)
    return failure{ec::internal, "OpenSSL has no TLS: " + last_error(), {}};
  auto out = std::make_shared<const tls_context>(context);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
    return failure{ec::internal, "OpenSSL has no TLS 1.2: " + last_error(), {}};
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return no_file("the certificate", certificate, "caf-certificate");
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1
      || SSL_CTX_check_private_key(context) != 1)
    return no_file("the key", key, "caf-key");
  if (SSL_CTX_load_verify_locations(context, authority.c_str(), nullptr) != 1)
    return no_file("the authority", authority, "caf-ca");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // Frames have lengths, so that an end without a word of TLS hides nothing.
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return out;
}

tls_context::~tls_context() {
  SSL_CTX_free(context_);
}

// -- session --------------------------------------------------------------------

tls_session::tls_session(tls_context_ptr shared, int fd)
  : shared_(std::move(shared)), session_(SSL_new(shared_->get())) {
  if (session_ == nullptr || SSL_set_fd(session_, fd) != 1)
    throw std::bad_alloc{};
  SSL_set_accept_state(session_);
}

tls_session::~tls_session() {
  SSL_free(session_);
}

tls_session::result tls_session::accept() {
  block_sigpipe();
  ERR_clear_error();
  auto code = SSL_accept(session_);
  if (code != 1)
    return result_of(code);
  established_ = true;
  return result::done;
}

tls_session::result tls_session::read(void* to, size_t size, size_t& n) {
  block_sigpipe();
  ERR_clear_error();
  n = 0;
  auto code = SSL_read_ex(session_, to, size, &n);
  return code == 1 ? result::done : result_of(code);
}

tls_session::result tls_session::write(const void* from, size_t size, size_t& n) {
  block_sigpipe();
  ERR_clear_error();
  n = 0;
  auto code = SSL_write_ex(session_, from, size, &n);
  return code == 1 ? result::done : result_of(code);
}

size_t tls_session::pending() const noexcept {
  return static_cast<size_t>(SSL_pending(session_));
}

std::string tls_session::subject() const {
  auto* certificate = SSL_get0_peer_certificate(session_);
  if (certificate == nullptr)
    return {};
  auto* out = BIO_new(BIO_s_mem());
  if (out == nullptr)
    return {};
  X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0,
                     XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  auto size = BIO_get_mem_data(out, &text);
  std::string name{text, static_cast<size_t>(size)};
  BIO_free(out);
  return name;
}

tls_session::result tls_session::result_of(int code) {
  switch (SSL_get_error(session_, code)) {
  case SSL_ERROR_WANT_READ:
    return result::wants_read;
  case SSL_ERROR_WANT_WRITE:
    return result::wants_write;
  case SSL_ERROR_ZERO_RETURN:
  case SSL_ERROR_SYSCALL:
    ERR_clear_error();
    return result::closed;
  default:
    break;
  }
  auto verified = SSL_get_verify_result(session_);
  why_ = last_error();
  if (verified != X509_V_OK)
    why_ += std::string{": "} + X509_verify_cert_error_string(verified);
  return result::failed;
}

} // namespace carillon::remote
