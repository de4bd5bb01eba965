#include "net/remote/peer.hpp"

#include <exception>
#include <utility>

#include <sys/socket.h>

namespace carillon::remote {

peer::peer(int fd, std::string ip, uint16_t port, reporter report)
  : ip_(std::move(ip)), port_(port), report_(std::move(report)), fd_(fd) {
}

std::string peer::name() const {
  std::lock_guard guard{mutex_};
  auto out = ip_ + " port " + std::to_string(port_);
  return subject_.empty() ? out : out + " (" + subject_ + ')';
}

void peer::set_subject(std::string subject) {
  std::lock_guard guard{mutex_};
  subject_ = std::move(subject);
}

void peer::identify(caf::node_id node) {
  {
    std::lock_guard guard{mutex_};
    node_ = std::move(node);
  }
  identified_ = true;
}

caf::node_id peer::node() const {
  std::lock_guard guard{mutex_};
  return node_;
}

// -- its end --------------------------------------------------------------------

void peer::report(std::optional<remote_refusal> reason, const std::string& text) const noexcept {
  try {
    if (report_)
      report_(reason, "CAF peer " + name() + ": " + text);
  } catch (const std::exception&) {
    // A line is lost.
  }
}

void peer::cut(remote_refusal reason, const std::string& why) noexcept {
  if (cut_.exchange(true))
    return;
  report(reason, why + "; disconnected");
  std::lock_guard guard{mutex_};
  if (fd_ >= 0)
    ::shutdown(fd_, SHUT_RDWR);
}

void peer::over(std::optional<remote_refusal> reason, const std::string& why) noexcept {
  if (!cut_.exchange(true))
    report(reason, why);
}

void peer::complain_once(const std::string& what) noexcept {
  if (!complained_.exchange(true))
    report(std::nullopt, what);
}

void peer::forget_socket() noexcept {
  std::lock_guard guard{mutex_};
  fd_ = -1;
}

} // namespace carillon::remote
