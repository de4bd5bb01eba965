#include "persistence/postgres/nodes/node_bell.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/raw_connection.hpp"
#include "persistence/postgres/session_settings.hpp"

#include <pqxx/pqxx>

#include <array>
#include <cstdint>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::postgres {

namespace {

/// After a try to connect, or a connection that was lost.
constexpr std::chrono::milliseconds pause_of_bell{2'000};
constexpr std::chrono::seconds most_for_bell{3};
/// After a notice.
constexpr std::chrono::milliseconds moment{10};
/// A connection that seems to be well is looked at so often.
constexpr std::chrono::milliseconds look_interval{60'000};

/// What the notice says is of no interest.
class ear final : public pqxx::notification_receiver {
public:
  explicit ear(pqxx::connection_base& db) : notification_receiver(db, nodes_channel) {
  }

  void operator()(const std::string& /*payload*/, int /*backend*/) override {
  }
};

} // namespace

/// LISTEN needs a connection without an enclosing transaction, so it is not `connection`.
struct node_bell::link : raw_connection {
  using raw_connection::raw_connection;

  std::optional<ear> notices;
};

node_bell::node_bell(const std::string& url, const postgres_options& options)
  : url_(with_short_connect(url, options, most_for_bell)), options_(options),
    watch_(call_watch::of_process()), end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
}

node_bell::~node_bell() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  const uint64_t one = 1;
  static_cast<void>(::write(end_.get(), &one, sizeof one));
  watch_->interrupt(watched_);
  if (thread_.joinable())
    thread_.join();
}

void node_bell::listen() {
  std::lock_guard guard{mutex_};
  if (!thread_.joinable())
    thread_ = std::thread{[this] { run(); }};
}

void node_bell::wait(std::chrono::milliseconds most) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, most, [this] { return rung_; });
  rung_ = false;
}

void node_bell::ring() {
  {
    std::lock_guard guard{mutex_};
    rung_ = true;
  }
  changed_.notify_all();
}

bool node_bell::is_over() {
  std::lock_guard guard{mutex_};
  return stop_;
}

void node_bell::run() {
  while (!is_over()) {
    try {
      open();
      ring();
      hear();
    } catch (const std::exception&) {
      // Looks go on by the clock.
      close();
      sleep(pause_of_bell, -1);
    }
  }
  close();
}

void node_bell::open() {
  link_ = std::make_unique<link>(url_);
  watch_->add(watched_, link_->raw.sock());
  call_watch::call timed{watched_, options_.statement_timeout + options_.answer_grace};
  {
    pqxx::nontransaction work{link_->raw};
    work.exec(statements_to_pin(options_, false));
  }
  link_->notices.emplace(link_->raw);
}

void node_bell::hear() {
  while (!is_over()) {
    sleep(look_interval, link_->raw.sock());
    call_watch::call timed{watched_, options_.answer_grace};
    if (link_->raw.get_notifs() == 0)
      continue;
    ring();
    sleep(moment, -1);
  }
}

void node_bell::close() noexcept {
  watch_->remove(watched_);
  // The destructor of a receiver sends UNLISTEN and waits for the answer.
  if (link_)
    ::shutdown(link_->raw.sock(), SHUT_RDWR);
  link_.reset();
}

void node_bell::sleep(std::chrono::milliseconds most, int socket) const noexcept {
  std::array<pollfd, 2> all{pollfd{end_.get(), POLLIN, 0}, pollfd{socket, POLLIN, 0}};
  ::poll(all.data(), all.size(), static_cast<int>(most.count()));
}

} // namespace carillon::postgres
