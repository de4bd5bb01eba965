#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"

#include <memory>
#include <string>

// As in openssl/ssl.h.
struct ssl_ctx_st;

namespace carillon {

/// What a port's TLS is made of: paths of PEM files.
struct tls_files {
  /// The port's certificate with its chain; empty = no TLS.
  std::string certificate;
  /// Its private key, without a password.
  std::string key;
  /// Authority of the clients' certificates; empty = clients show none.
  std::string authority;
};

/// What of it differs between ports.
struct tls_purpose {
  /// Clients may name protocols (RFC 7301); one that does not name `http/1.1` is rejected.
  bool http = false;
  /// Options of the files, as failures name them.
  const char* certificate_option = "tls-cert";
  const char* key_option = "tls-key";
  const char* authority_option = "tls-client-ca";
};

/// What all TLS connections of a port share: our certificate, our key, and the authority of the
/// clients' certificates. TLS 1.2 or later, ciphers with forward secrecy and authentication only,
/// no compression, no renegotiation, no resumption: a connection begins with a whole handshake, and
/// so with the certificate that is valid now. With an authority each client shows a certificate of
/// it. Thread-safe.
class tls_context {
public:
  /// Reads the files; blocks. Errors: `invalid_argument`, with the option; `internal`.
  static expected<std::shared_ptr<const tls_context>> open(const tls_files& files,
                                                           const tls_purpose& purpose);

  explicit tls_context(ssl_ctx_st* x) : context_(x) {
  }
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();

  ssl_ctx_st* get() const noexcept {
    return context_;
  }

  /// When our certificate ends.
  timestamp ends() const noexcept;

private:
  ssl_ctx_st* context_;
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

} // namespace carillon
