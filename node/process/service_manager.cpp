#include "node/process/service_manager.hpp"

#include "base/file/descriptor.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace carillon {

namespace {

constexpr timeval send_deadline{5, 0};

/// What is past a stop's deadline before the process is gone.
constexpr std::chrono::seconds stop_reserve{5};

std::string_view text(const char* x) noexcept {
  return x != nullptr ? x : std::string_view{};
}

std::optional<int64_t> number(std::string_view x) noexcept {
  int64_t out = 0;
  auto [end, error] = std::from_chars(x.data(), x.data() + x.size(), out);
  if (error != std::errc{} || end != x.data() + x.size() || out <= 0)
    return {};
  return out;
}

std::string monotonic_micros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000);
}

} // namespace

service_manager::service_manager(const environment& env) {
  auto socket = text(env("NOTIFY_SOCKET"));
  // Other addresses, such as those of virtual machines, are not for services.
  if (socket.size() < 2 || (socket.front() != '/' && socket.front() != '@')
      || socket.size() >= sizeof(sockaddr_un::sun_path))
    return;
  socket_ = socket;
  auto process = text(env("WATCHDOG_PID"));
  if (!process.empty() && number(process) != int64_t{::getpid()})
    return;
  if (auto micros = number(text(env("WATCHDOG_USEC"))))
    watchdog_ = std::chrono::microseconds{*micros};
}

bool service_manager::ready() const {
  return send("READY=1");
}

bool service_manager::reloading() const {
  return send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_micros());
}

bool service_manager::stopping(std::chrono::milliseconds deadline) const {
  auto longest = std::chrono::microseconds{deadline + stop_reserve};
  return send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(longest.count()));
}

bool service_manager::alive() const {
  return send("WATCHDOG=1");
}

bool service_manager::send(std::string_view state) const {
  if (socket_.empty())
    return true;
  descriptor out{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!out.is_open())
    return false;
  static_cast<void>(
    ::setsockopt(out.get(), SOL_SOCKET, SO_SNDTIMEO, &send_deadline, sizeof(send_deadline)));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, socket_.data(), socket_.size());
  // An abstract name begins with a zero byte, and ends with the address.
  if (to.sun_path[0] == '@')
    to.sun_path[0] = '\0';
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  return ::sendto(out.get(), state.data(), state.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&to), size)
         == static_cast<ssize_t>(state.size());
}

} // namespace carillon
