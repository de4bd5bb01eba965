#pragma once

#include "base/failure.hpp"

#include <memory>
#include <string>

// As in openssl/ssl.h.
struct ssl_ctx_st;
struct ssl_st;

namespace carillon::remote {

/// What all TLS connections of the port share: our certificate, our key, and the authority of the
/// peers' certificates. Thread-safe.
class tls_context {
public:
  /// Errors: `invalid_argument`, with the option.
  static expected<std::shared_ptr<const tls_context>>
  open(const std::string& certificate, const std::string& key, const std::string& authority);

  explicit tls_context(ssl_ctx_st* x) : context_(x) {
  }
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();

  ssl_ctx_st* get() const noexcept {
    return context_;
  }

private:
  ssl_ctx_st* context_;
};

using tls_context_ptr = std::shared_ptr<const tls_context>;

/// The TLS side of one accepted connection: TLS 1.2 or later, and the peer shows a certificate of
/// our authority. CAF's own session would poll without a pause while a peer does not continue its
/// handshake, and tells nobody why one failed. Used by the thread of its socket only.
class tls_session {
public:
  enum class result : uint8_t { done, wants_read, wants_write, closed, failed };

  /// Throws std::bad_alloc.
  tls_session(tls_context_ptr shared, int fd);
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  /// Goes on with the handshake.
  result accept();
  bool established() const noexcept {
    return established_;
  }

  result read(void* to, size_t size, size_t& n);
  result write(const void* from, size_t size, size_t& n);

  /// Bytes that were received, and are decrypted.
  size_t pending() const noexcept;

  /// Subject of the peer's certificate, e.g. `CN = billing`.
  std::string subject() const;

  /// Of the last failure.
  const std::string& why() const noexcept {
    return why_;
  }

private:
  result result_of(int code);

  tls_context_ptr shared_;
  ssl_st* session_;
  bool established_ = false;
  std::string why_;
};

} // namespace carillon::remote
