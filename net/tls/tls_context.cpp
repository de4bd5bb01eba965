#include "net/tls/tls_context.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace carillon {

namespace {

/// Of TLS 1.2; those of TLS 1.3 are all as good.
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
/// RSA keys of 2048 bits and more, no SHA-1 in signatures.
constexpr int security_level = 2;

/// The reason of OpenSSL's last failure on this thread.
std::string last_reason() {
  auto code = ERR_peek_last_error();
  ERR_clear_error();
  const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "no reason given" : text;
}

failure no_file(const char* what, const std::string& path, const char* option) {
  return {ec::invalid_argument,
          std::string{what} + ' ' + path + " cannot be used: " + last_reason(), option};
}

/// OpenSSL would ask for it on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

/// Takes `http/1.1` of the protocols that the client names, each with its length before it.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  constexpr std::string_view wanted = "http/1.1";
  for (unsigned int at = 0; at < in_size; at += 1U + in[at]) {
    if (at + 1U + in[at] > in_size)
      break;
    if (in[at] == wanted.size() && std::equal(wanted.begin(), wanted.end(), in + at + 1)) {
      *out = in + at + 1;
      *out_size = in[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

expected<void> add_own(SSL_CTX* to, const tls_files& files, const tls_purpose& purpose) {
  SSL_CTX_set_default_passwd_cb(to, no_password);
  if (SSL_CTX_use_certificate_chain_file(to, files.certificate.c_str()) != 1)
    return no_file("the certificate", files.certificate, purpose.certificate_option);
  if (SSL_CTX_use_PrivateKey_file(to, files.key.c_str(), SSL_FILETYPE_PEM) != 1
      || SSL_CTX_check_private_key(to) != 1)
    return no_file("the key", files.key, purpose.key_option);
  return {};
}

expected<void> add_authority(SSL_CTX* to, const tls_files& files, const tls_purpose& purpose) {
  if (files.authority.empty())
    return {};
  auto* names = SSL_load_client_CA_file(files.authority.c_str());
  if (names == nullptr
      || SSL_CTX_load_verify_locations(to, files.authority.c_str(), nullptr) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return no_file("the authority", files.authority, purpose.authority_option);
  }
  SSL_CTX_set_client_CA_list(to, names);
  SSL_CTX_set_verify(to, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

} // namespace

expected<tls_context_ptr> tls_context::open(const tls_files& files, const tls_purpose& purpose) {
  ERR_clear_error();
  auto* made = SSL_CTX_new(TLS_server_method());
  if (made == nullptr)
    return failure{ec::internal, "OpenSSL has no TLS: " + last_reason(), {}};
  auto out = std::make_shared<const tls_context>(made);
  SSL_CTX_set_security_level(made, security_level);
  if (SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) != 1
      || SSL_CTX_set_cipher_list(made, ciphers) != 1)
    return failure{ec::internal, "OpenSSL has no TLS 1.2: " + last_reason(), {}};
  if (auto added = add_own(made, files, purpose); !added)
    return added.error();
  if (auto added = add_authority(made, files, purpose); !added)
    return added.error();
  // What goes over it has lengths, so that an end without a word of TLS hides nothing.
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
                              | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_num_tickets(made, 0);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  // An idle connection keeps no buffers.
  SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                           | SSL_MODE_RELEASE_BUFFERS);
  // A read ends after each record that holds no data, such as an update of keys: a client that
  // sends nothing else would keep the thread of its loop.
  SSL_CTX_clear_mode(made, SSL_MODE_AUTO_RETRY);
  if (purpose.http)
    SSL_CTX_set_alpn_select_cb(made, select_protocol, nullptr);
  return out;
}

timestamp tls_context::ends() const noexcept {
  std::tm at{};
  const auto* certificate = SSL_CTX_get0_certificate(context_);
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at) != 1)
    return {};
  constexpr int64_t micros = 1'000'000;
  return from_micros(static_cast<int64_t>(::timegm(&at)) * micros);
}

tls_context::~tls_context() {
  SSL_CTX_free(context_);
}

} // namespace carillon
