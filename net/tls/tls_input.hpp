#pragma once

#include <cstddef>
#include <string>

// As in openssl/bio.h.
struct bio_st;

namespace carillon {

/// What a TLS session reads of its socket. OpenSSL asks for the five bytes of a record's header and
/// for the rest apart; this asks the socket once for both, as long as a record is small. Between
/// reads it holds only what was received beyond the record, so an idle connection costs nothing.
/// The socket does not become readable for these bytes: see `tls_session::pending`. (OpenSSL's own
/// read-ahead keeps 16 KiB of each connection, and does not end a read after a record without
/// data.) Used by the thread of the socket only.
class tls_input {
public:
  /// @param fd does not block, and outlives it
  explicit tls_input(int fd) : fd_(fd) {
  }
  tls_input(const tls_input&) = delete;
  tls_input& operator=(const tls_input&) = delete;

  /// For one session, which owns it; this outlives it. Throws std::bad_alloc.
  bio_st* make_bio();

  /// Bytes that the owner of the socket has received itself. OpenSSL gets them before those of the
  /// socket. They have to stay until `keep_rest`. Only while `size` is 0.
  void give(const char* from, size_t size) noexcept;

  /// As `give`, of bytes that do not stay: copies them. Throws std::bad_alloc.
  void give_copy(const char* from, size_t size);

  /// True: the owner receives from the socket now, and bytes that this took would overtake it.
  void leave_socket(bool alone) noexcept {
    alone_ = alone;
  }

  /// To be called when OpenSSL returns: what is left belongs to this session.
  void keep_rest();

  /// Bytes that were received, and that OpenSSL has not asked for. None are there after it waits
  /// for more of a record.
  size_t size() const noexcept {
    return rest_.size() - at_;
  }

private:
  static int read(bio_st* bio, char* to, int size);
  static long control(bio_st* bio, int what, long, void*);
  int take(bio_st* bio, char* to, size_t size);

  int fd_;
  std::string rest_;
  size_t at_ = 0;
  bool ended_ = false;
  bool alone_ = false;
};

} // namespace carillon
