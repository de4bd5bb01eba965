#include "net/tls/tls_input.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include <openssl/bio.h>

namespace carillon {

namespace {

/// Larger reads go to where OpenSSL wants them.
constexpr size_t small_bytes = 4'096;

/// Of the one session that reads on this thread now; empty between its calls.
struct received_bytes {
  std::array<char, small_bytes> bytes;
  /// There, or where the owner of the socket has received them.
  const char* from = nullptr;
  size_t at = 0;
  size_t size = 0;
};

received_bytes& received_now() {
  static thread_local received_bytes out; // NOLINT: filled in before it is read
  return out;
}

} // namespace

bio_st* tls_input::make_bio() {
  struct freed {
    void operator()(BIO_METHOD* x) const {
      BIO_meth_free(x);
    }
  };
  static const auto method = [] {
    std::unique_ptr<BIO_METHOD, freed> out{
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "carillon socket")};
    if (out == nullptr || BIO_meth_set_read(out.get(), &tls_input::read) != 1
        || BIO_meth_set_ctrl(out.get(), &tls_input::control) != 1)
      throw std::bad_alloc{};
    return out;
  }();
  auto* out = BIO_new(method.get());
  if (out == nullptr)
    throw std::bad_alloc{};
  BIO_set_data(out, this);
  BIO_set_init(out, 1);
  return out;
}

int tls_input::read(bio_st* bio, char* to, int size) {
  return size <= 0
           ? 0
           : static_cast<tls_input*>(BIO_get_data(bio))->take(bio, to, static_cast<size_t>(size));
}

long tls_input::control(bio_st* bio, int what, long, void*) {
  return what == BIO_CTRL_EOF && static_cast<tls_input*>(BIO_get_data(bio))->ended_ ? 1 : 0;
}

int tls_input::take(bio_st* bio, char* to, size_t size) {
  BIO_clear_retry_flags(bio);
  if (at_ < rest_.size()) {
    const auto n = std::min(size, rest_.size() - at_);
    std::copy_n(rest_.data() + at_, n, to);
    at_ += n;
    return static_cast<int>(n);
  }
  auto& now = received_now();
  if (now.at == now.size && alone_) {
    BIO_set_retry_read(bio);
    return -1;
  }
  if (now.at == now.size) {
    const auto direct = size >= small_bytes;
    const auto got
      = direct ? ::recv(fd_, to, size, 0) : ::recv(fd_, now.bytes.data(), now.bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
      BIO_set_retry_read(bio);
    ended_ = got == 0;
    if (direct || got <= 0)
      return static_cast<int>(got);
    now.from = now.bytes.data();
    now.at = 0;
    now.size = static_cast<size_t>(got);
  }
  const auto n = std::min(size, now.size - now.at);
  std::copy_n(now.from + now.at, n, to);
  now.at += n;
  return static_cast<int>(n);
}

void tls_input::give(const char* from, size_t size) noexcept {
  auto& now = received_now();
  now.from = from;
  now.at = 0;
  now.size = size;
}

void tls_input::give_copy(const char* from, size_t size) {
  rest_.assign(from, size);
  at_ = 0;
}

void tls_input::keep_rest() {
  if (at_ == rest_.size() && !rest_.empty())
    std::string{}.swap(rest_);
  if (rest_.empty())
    at_ = 0;
  auto& now = received_now();
  const auto at = std::exchange(now.at, 0);
  const auto size = std::exchange(now.size, 0);
  // Only where all of the rest was taken: order is kept.
  if (at < size)
    rest_.assign(now.from + at, size - at);
}

} // namespace carillon
