#include "net/webhooks/multi_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace carillon::http {

namespace {

constexpr size_t events_per_turn = 256;

} // namespace

multi_loop::multi_loop(long max_connections)
  : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
    multi_(curl_multi_init()) {
  if (!ready())
    return;
  watch(wake_.get(), CURL_POLL_IN);
  auto* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &multi_loop::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &multi_loop::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_connections);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

multi_loop::~multi_loop() {
  // Closing connections still calls on_socket().
  multi_.reset();
}

bool multi_loop::ready() const noexcept {
  return epoll_.is_open() && wake_.is_open() && multi_ != nullptr;
}

bool multi_loop::add(CURL* easy) {
  return curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
}

void multi_loop::remove(CURL* easy) {
  curl_multi_remove_handle(multi_.get(), easy);
}

void multi_loop::wake() noexcept {
  uint64_t one = 1;
  // Fails only if the counter is full; then the thread wakes anyway.
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof(one));
}

int multi_loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<multi_loop*>(self)->watch(socket, what);
  return 0;
}

int multi_loop::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& x = *static_cast<multi_loop*>(self);
  x.due_.reset();
  if (timeout_ms >= 0)
    x.due_ = steady_clock::now() + std::chrono::milliseconds{timeout_ms};
  return 0;
}

void multi_loop::watch(int socket, int what) noexcept {
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    return;
  }
  epoll_event event{};
  event.data.fd = socket;
  if ((what & CURL_POLL_IN) != 0)
    event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0)
    event.events |= EPOLLOUT;
  // The number may belong to a socket that was closed unnoticed, so try both.
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket, &event) != 0 && errno == ENOENT)
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event);
}

int multi_loop::wait_ms(std::chrono::milliseconds most) const noexcept {
  if (!due_)
    return static_cast<int>(most.count());
  auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - steady_clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, most).count());
}

void multi_loop::act(int socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
}

void multi_loop::turn(std::chrono::milliseconds most, const finished_callback& finished) {
  std::array<epoll_event, events_per_turn> events;
  auto count
    = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms(most));
  for (int i = 0; i < count; ++i) {
    const auto& x = events[static_cast<size_t>(i)];
    if (x.data.fd == wake_.get()) {
      uint64_t ignored = 0;
      [[maybe_unused]] auto read = ::read(wake_.get(), &ignored, sizeof(ignored));
      continue;
    }
    int what = 0;
    if ((x.events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0)
      what |= CURL_CSELECT_IN;
    if ((x.events & EPOLLOUT) != 0)
      what |= CURL_CSELECT_OUT;
    if ((x.events & EPOLLERR) != 0)
      what |= CURL_CSELECT_ERR;
    act(x.data.fd, what);
  }
  if (due_ && *due_ <= steady_clock::now()) {
    due_.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
  }
  int left = 0;
  while (auto* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    // Removing the handle invalidates the message.
    auto* easy = message->easy_handle;
    auto code = message->data.result;
    remove(easy);
    finished(easy, code);
  }
}

} // namespace carillon::http
