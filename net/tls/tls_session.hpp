#pragma once

#include "net/tls/tls_context.hpp"
#include "net/tls/tls_input.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// As in openssl/ssl.h.
struct ssl_st;

namespace carillon {

/// The TLS side of one accepted connection. Its socket does not block. Used by the thread of its
/// socket only. (Of CAF's own session: it would poll without a pause while a peer does not continue
/// its handshake, and tells nobody why one failed.)
class tls_session {
public:
  enum class result : uint8_t { done, wants_read, wants_write, closed, failed };

  /// How it reads the socket: a record's header and the rest by a call each, or by one call what
  /// has come of small records. Then who waits for the socket has to look at `pending` before.
  enum class reading : uint8_t { exact, ahead };

  /// @param fd outlives it. Throws std::bad_alloc.
  tls_session(tls_context_ptr shared, int fd, reading how);
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  /// Goes on with the handshake. Nothing that was received is left when it wants to read.
  result accept();
  bool established() const noexcept {
    return established_;
  }

  result read(void* to, size_t size, size_t& n);

  /// True: only the owner of the socket receives from it now, for `read_received`; what else needs
  /// input `wants_read`. With `reading::ahead`, and while nothing is pending.
  void leave_socket(bool alone) noexcept {
    input_.leave_socket(alone);
  }

  /// As `read`, first of the bytes that the owner of the socket has received, which lie at `to`.
  /// What a record is decrypted to is shorter than it, and overwrites only bytes that were taken,
  /// but for a record that has begun before: then they are copied.
  result read_received(size_t received, void* to, size_t size, size_t& n);

  /// What did not end with `done` is to be written again, from anywhere, before other bytes.
  result write(const void* from, size_t size, size_t& n);

  /// Says that nothing follows, if the socket takes it; reading goes on.
  void end();

  /// Bytes that were received, decrypted or not. While there are some, `read` has to go on, and the
  /// socket may never become readable: also after `wants_read`, which a record without data gives.
  size_t pending() const noexcept;

  /// Subject of the client's certificate, e.g. `CN = billing`; empty without one.
  std::string subject() const;

  /// SHA-256 of the client's certificate (RFC 8705 section 3.1) in lower-case hexadecimal; empty
  /// without one.
  std::string fingerprint() const;

  /// Of the last failure.
  const std::string& why() const noexcept {
    return why_;
  }

  /// True after a handshake that failed because the client spoke HTTP without TLS.
  bool met_plain_http() const noexcept {
    return met_plain_http_;
  }

private:
  result result_of(int code);

  tls_context_ptr shared_;
  tls_input input_;
  ssl_st* session_;
  bool established_ = false;
  /// OpenSSL may have a part of a record.
  bool amid_record_ = true;
  bool met_plain_http_ = false;
  std::string why_;
};

} // namespace carillon
