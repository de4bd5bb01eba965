#include "persistence/postgres/nodes/node_bell.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/raw_connection.hpp"
#include "persistence/postgres/session_settings.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::postgres {

namespace {

/// Between two tries to connect.
constexpr std::chrono::seconds pause_of_bell{2};
/// The thread that listens beats as well: a longer try would make it silent.
constexpr std::chrono::seconds most_to_connect{3};
/// After a notice.
constexpr std::chrono::milliseconds moment{10};

postgres_options with_short_connect(postgres_options x) {
  x.connect_timeout = std::min(x.connect_timeout, most_to_connect);
  return x;
}

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
  : url_(with_limits(url, with_short_connect(options))), options_(options),
    watch_(call_watch::of_process()), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
}

node_bell::~node_bell() {
  close();
}

void node_bell::ring() noexcept {
  const uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
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

void node_bell::close() noexcept {
  watch_->remove(watched_);
  // The destructor of a receiver sends UNLISTEN and waits for the answer.
  if (link_)
    ::shutdown(link_->raw.sock(), SHUT_RDWR);
  link_.reset();
}

bool node_bell::listen() noexcept {
  if (link_ != nullptr || clock::now() < next_try_)
    return false;
  next_try_ = clock::now() + pause_of_bell;
  try {
    open();
    return true;
  } catch (const std::exception&) {
    // Looks go on by the clock.
    close();
    return false;
  }
}

void node_bell::sleep(std::chrono::milliseconds most, int socket) noexcept {
  std::array<pollfd, 2> all{pollfd{wake_.get(), POLLIN, 0}, pollfd{socket, POLLIN, 0}};
  ::poll(all.data(), all.size(), static_cast<int>(most.count()));
}

void node_bell::wait(std::chrono::milliseconds most) noexcept {
  sleep(most, link_ != nullptr ? link_->raw.sock() : -1);
  uint64_t rung = 0;
  if (::read(wake_.get(), &rung, sizeof rung) == sizeof rung || link_ == nullptr)
    return;
  try {
    call_watch::call timed{watched_, options_.answer_grace};
    if (link_->raw.get_notifs() > 0)
      sleep(moment, -1);
  } catch (const std::exception&) {
    close();
  }
}

} // namespace carillon::postgres
