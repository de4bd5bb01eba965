#include "net/tls/tls_session.hpp"

#include "base/text/hex.hpp"

#include <array>
#include <csignal>
#include <memory>
#include <new>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>

namespace carillon {

namespace {

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

struct freed {
  void operator()(SSL* x) const {
    SSL_free(x);
  }
  void operator()(BIO* x) const {
    BIO_free(x);
  }
};

SSL* make_session(SSL_CTX* shared, tls_input& input, int fd, tls_session::reading how) {
  const auto ahead = how == tls_session::reading::ahead;
  std::unique_ptr<SSL, freed> out{SSL_new(shared)};
  std::unique_ptr<BIO, freed> from{ahead ? input.make_bio() : BIO_new_socket(fd, BIO_NOCLOSE)};
  std::unique_ptr<BIO, freed> to{BIO_new_socket(fd, BIO_NOCLOSE)};
  if (out == nullptr || from == nullptr || to == nullptr)
    throw std::bad_alloc{};
  SSL_set0_rbio(out.get(), from.release());
  SSL_set0_wbio(out.get(), to.release());
  SSL_set_accept_state(out.get());
  return out.release();
}

} // namespace

tls_session::tls_session(tls_context_ptr shared, int fd, reading how)
  : shared_(std::move(shared)), input_(fd),
    session_(make_session(shared_->get(), input_, fd, how)) {
}

tls_session::~tls_session() {
  SSL_free(session_);
}

tls_session::result tls_session::accept() {
  block_sigpipe();
  ERR_clear_error();
  auto code = SSL_accept(session_);
  input_.keep_rest();
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
  amid_record_ = code != 1;
  input_.keep_rest();
  return code == 1 ? result::done : result_of(code);
}

tls_session::result tls_session::read_received(size_t received, void* to, size_t size, size_t& n) {
  const auto* from = static_cast<const char*>(to);
  if (received == 0)
    return read(to, size, n);
  if (amid_record_)
    input_.give_copy(from, received);
  else
    input_.give(from, received);
  return read(to, size, n);
}

tls_session::result tls_session::write(const void* from, size_t size, size_t& n) {
  block_sigpipe();
  ERR_clear_error();
  n = 0;
  auto code = SSL_write_ex(session_, from, size, &n);
  amid_record_ = amid_record_ || code != 1;
  input_.keep_rest();
  return code == 1 ? result::done : result_of(code);
}

void tls_session::end() {
  block_sigpipe();
  if (established_ && (SSL_get_shutdown(session_) & SSL_SENT_SHUTDOWN) == 0)
    SSL_shutdown(session_);
  input_.keep_rest();
  ERR_clear_error();
}

size_t tls_session::pending() const noexcept {
  return static_cast<size_t>(SSL_pending(session_)) + input_.size();
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

std::string tls_session::fingerprint() const {
  auto* certificate = SSL_get0_peer_certificate(session_);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
    return {};
  return to_hex({digest.data(), size});
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
  auto error = ERR_peek_last_error();
  ERR_clear_error();
  met_plain_http_ = !established_ && ERR_GET_LIB(error) == ERR_LIB_SSL
                    && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
  const auto* text = error == 0 ? nullptr : ERR_reason_error_string(error);
  why_ = text == nullptr ? "no reason given" : text;
  auto verified = SSL_get_verify_result(session_);
  if (verified != X509_V_OK)
    why_ += std::string{": "} + X509_verify_cert_error_string(verified);
  return result::failed;
}

} // namespace carillon
