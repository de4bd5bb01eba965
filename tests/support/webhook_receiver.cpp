#include "tests/support/webhook_receiver.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <charconv>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace carillon::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::endpoint any_port() {
  return {asio::ip::address_v4::loopback(), 0};
}

std::string origin_of(uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

bool same_name(std::string_view x, std::string_view lower) {
  return x.size() == lower.size()
         && std::equal(x.begin(), x.end(), lower.begin(),
                       [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

std::string_view field_in(std::string_view head, std::string_view name) {
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    auto line = head.substr(at, head.find("\r\n", at) - at);
    auto colon = std::min(line.find(':'), line.size());
    if (!same_name(line.substr(0, colon), name))
      continue;
    auto value = line.substr(std::min(colon + 1, line.size()));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return {};
}

size_t length_in(std::string_view head) {
  auto text = field_in(head, "content-length");
  size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// Target of the request line.
std::string_view target_in(std::string_view head) {
  auto begin = std::min(head.find(' '), head.size() - 1) + 1;
  return head.substr(begin, head.find(' ', begin) - begin);
}

} // namespace

std::string received_request::field(std::string_view name) const {
  return std::string{field_in(head, name)};
}

// -- replies --------------------------------------------------------------------

reply reply::answer(int status, std::string_view fields, std::string_view body) {
  reply out;
  out.status = status;
  out.bytes = "HTTP/1.1 " + std::to_string(status) + " It Is\r\n";
  out.bytes += fields;
  if (status != 204)
    out.bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  out.bytes += "\r\n";
  out.bytes += body;
  return out;
}

reply reply::hang() {
  return {.bytes = {}, .after = then::hang};
}

reply reply::drip() {
  return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
          .after = then::drip,
          .chunk = "a",
          .status = 200};
}

reply reply::endless() {
  return {.bytes = "HTTP/1.1 200 OK\r\n\r\n",
          .after = then::endless,
          .chunk = std::string(16'384, 'e'),
          .status = 200};
}

reply reply::reset() {
  return {.bytes = {}, .after = then::reset};
}

reply reply::raw(std::string bytes) {
  return {.bytes = std::move(bytes), .after = then::close};
}

// -- the server -----------------------------------------------------------------

class webhook_receiver::impl {
public:
  explicit impl(options opts) : options_(opts), thread_([this] { io_.run(); }) {
  }

  ~impl() {
    io_.stop();
    thread_.join();
  }

  struct place {
    behaviour what;
    size_t count = 0;
    std::vector<received_request> noted;
  };

  struct door {
    door(asio::io_context& io, bool listens) : acceptor(io) {
      acceptor.open(tcp::v4());
      acceptor.bind(any_port());
      if (listens)
        acceptor.listen(4'096);
      origin = origin_of(acceptor.local_endpoint().port());
    }

    tcp::acceptor acceptor;
    std::string origin;
    std::atomic<size_t> accepted{0};
  };

  std::string open(behaviour what, bool listens) {
    auto made = std::make_shared<door>(io_, listens);
    auto url = made->origin + "/hook";
    {
      std::lock_guard guard{mutex_};
      doors_[made->origin] = made;
      places_[url].what = std::move(what);
    }
    if (listens)
      asio::post(io_, [this, made] { accept(made); });
    return url;
  }

  template <class F>
  auto with(const std::string& url, F f) {
    std::lock_guard guard{mutex_};
    return f(places_[url]);
  }

  size_t connections(const std::string& url) {
    std::lock_guard guard{mutex_};
    auto i = doors_.find(url.substr(0, url.find('/', 7)));
    return i == doors_.end() ? 0 : i->second->accepted.load();
  }

  size_t open_connections() const {
    return open_connections_.load();
  }

  /// The reply to a request; records the request.
  reply take(const door& at, std::string_view head, std::string_view body);

private:
  void accept(const std::shared_ptr<door>& at);

  options options_;
  std::atomic<size_t> open_connections_{0};
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<door>> doors_;
  std::unordered_map<std::string, place> places_;
  std::thread thread_;

  class connection;
};

reply webhook_receiver::impl::take(const door& at, std::string_view head, std::string_view body) {
  received_request x;
  x.at = std::chrono::steady_clock::now();
  x.wall_at = std::chrono::system_clock::now();
  x.head = head;
  x.body = body;
  x.id = field_in(head, "webhook-id");
  std::unique_lock guard{mutex_};
  auto& to = places_[at.origin + std::string{target_in(head)}];
  auto count = ++to.count;
  auto what = to.what;
  guard.unlock();
  auto out = what ? what(x, count) : reply::answer(204);
  x.status = out.status;
  if (!options_.keep_all) {
    x.head.clear();
    x.body.clear();
  }
  guard.lock();
  if (to.noted.size() < options_.max_noted)
    to.noted.push_back(std::move(x));
  return out;
}

/// One connection; it lives while an operation is pending.
class webhook_receiver::impl::connection : public std::enable_shared_from_this<connection> {
public:
  connection(impl& owner, std::shared_ptr<door> at, tcp::socket socket)
    : owner_(owner), at_(std::move(at)), socket_(std::move(socket)), timer_(owner.io_) {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay{true}, ignored);
    ++owner_.open_connections_;
  }

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  ~connection() {
    --owner_.open_connections_;
  }

  void read() {
    socket_.async_read_some(asio::buffer(chunk_),
                            [me = shared_from_this()](auto error, size_t count) {
                              if (error)
                                return;
                              me->in_.append(me->chunk_.data(), count);
                              me->next();
                            });
  }

private:
  void next() {
    auto end = in_.find("\r\n\r\n");
    auto length = end == std::string::npos ? 0 : length_in(std::string_view{in_}.substr(0, end));
    if (end == std::string::npos || in_.size() < end + 4 + length) {
      read();
      return;
    }
    std::string_view all{in_};
    now_ = owner_.take(*at_, all.substr(0, end), all.substr(end + 4, length));
    in_.erase(0, end + 4 + length);
    write(now_.bytes, [this] { go_on(); });
  }

  template <class F>
  void write(const std::string& bytes, F done) {
    asio::async_write(socket_, asio::buffer(bytes),
                      [me = shared_from_this(), done](auto error, size_t) {
                        if (!error)
                          done();
                      });
  }

  void go_on() {
    switch (now_.after) {
    case reply::then::keep:
      next();
      break;
    case reply::then::close: {
      boost::system::error_code ignored;
      socket_.shutdown(tcp::socket::shutdown_send, ignored);
      wait_for_end();
      break;
    }
    case reply::then::reset: {
      boost::system::error_code ignored;
      socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
      socket_.close(ignored);
      break;
    }
    case reply::then::hang:
      wait_for_end();
      break;
    case reply::then::drip:
      drip();
      break;
    case reply::then::endless:
      write(now_.chunk, [this] { go_on(); });
      break;
    }
  }

  void wait_for_end() {
    socket_.async_read_some(asio::buffer(chunk_), [me = shared_from_this()](auto error, size_t) {
      if (!error)
        me->wait_for_end();
    });
  }

  void drip() {
    timer_.expires_after(std::chrono::seconds{1});
    timer_.async_wait([me = shared_from_this()](auto error) {
      if (!error)
        me->write(me->now_.chunk, [raw = me.get()] { raw->drip(); });
    });
  }

  impl& owner_;
  std::shared_ptr<door> at_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::array<char, 16'384> chunk_{};
  std::string in_;
  reply now_;
};

void webhook_receiver::impl::accept(const std::shared_ptr<door>& at) {
  at->acceptor.async_accept([this, at](auto error, tcp::socket socket) {
    if (!error) {
      ++at->accepted;
      std::make_shared<connection>(*this, at, std::move(socket))->read();
    }
    if (at->acceptor.is_open())
      accept(at);
  });
}

// -- the public face --------------------------------------------------------------

webhook_receiver::webhook_receiver() : webhook_receiver(options{}) {
}

webhook_receiver::webhook_receiver(options opts) : impl_(std::make_unique<impl>(opts)) {
}

webhook_receiver::~webhook_receiver() = default;

std::string webhook_receiver::open(behaviour what) {
  return impl_->open(std::move(what), true);
}

std::string webhook_receiver::open_beside(const std::string& url, const std::string& path,
                                          behaviour what) {
  auto out = url.substr(0, url.find('/', 7)) + path;
  behave(out, std::move(what));
  return out;
}

std::string webhook_receiver::refuse() {
  return impl_->open({}, false);
}

void webhook_receiver::behave(const std::string& url, behaviour what) {
  impl_->with(url, [&](auto& x) { x.what = std::move(what); });
}

std::vector<received_request> webhook_receiver::received(const std::string& url) const {
  return impl_->with(url, [](auto& x) { return x.noted; });
}

size_t webhook_receiver::count(const std::string& url) const {
  return impl_->with(url, [](auto& x) { return x.count; });
}

size_t webhook_receiver::connections(const std::string& url) const {
  return impl_->connections(url);
}

size_t webhook_receiver::open_connections() const {
  return impl_->open_connections();
}

} // namespace carillon::test
