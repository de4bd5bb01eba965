#include "persistence/postgres/log/follower.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/raw_connection.hpp"
#include "persistence/postgres/session_settings.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::postgres {

namespace {

/// Time between two checks of the node's lock.
constexpr std::chrono::milliseconds look_interval{500};

/// Remembers the last position in a notice.
class receiver final : public pqxx::notification_receiver {
public:
  explicit receiver(pqxx::connection_base& db) : notification_receiver(db, log_channel) {
  }

  void operator()(const std::string& payload, int /*backend*/) override {
    last = std::max<position>(last, std::strtoull(payload.c_str(), nullptr, 10));
  }

  position last = 0;
};

} // namespace

/// LISTEN needs a connection without an enclosing transaction, so it is not `connection`.
struct follower::link : raw_connection {
  using raw_connection::raw_connection;

  std::optional<receiver> notices;
};

follower::follower(const std::string& url, postgres_options options,
                   std::shared_ptr<const std::atomic<position>> own_head,
                   std::shared_ptr<node_lock> lock)
  : url_(with_limits(url, options)), options_(options),
    limit_(options.statement_timeout + options.answer_grace), own_head_(std::move(own_head)),
    lock_(std::move(lock)), watch_(call_watch::of_process()),
    wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
}

follower::~follower() {
  close();
}

void follower::stop() noexcept {
  stop_ = true;
  const uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
  watch_->interrupt(watched_);
}

void follower::open() {
  link_ = std::make_unique<link>(url_);
  watch_->add(watched_, link_->raw.sock());
  call_watch::call timed{watched_, limit_};
  {
    pqxx::nontransaction work{link_->raw};
    work.exec(statements_to_pin(options_, false));
  }
  link_->notices.emplace(link_->raw);
}

void follower::close() noexcept {
  watch_->remove(watched_);
  // The destructor of a receiver sends UNLISTEN and waits for the answer.
  if (link_)
    ::shutdown(link_->raw.sock(), SHUT_RDWR);
  link_.reset();
}

void follower::sleep_until(clock::time_point end) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
  std::array<pollfd, 2> all{pollfd{wake_.get(), POLLIN, 0}, pollfd{-1, POLLIN, 0}};
  if (link_)
    all[1].fd = link_->raw.sock();
  if (left > 0 && !stop_)
    ::poll(all.data(), all.size(), static_cast<int>(left));
}

position follower::ask() {
  call_watch::call timed{watched_, limit_};
  pqxx::nontransaction work{link_->raw};
  auto found = work.exec("SELECT coalesce(max(seq), 0) FROM event_log");
  return found[0][0].as<position>();
}

/// A notice is a hint: any role in the database may send one.
position follower::heard() {
  for (;;) {
    link_->raw.get_notifs();
    if (link_->notices->last <= std::max(known_, own_head_->load()))
      return 0;
    // The answer may bring further notices, for which the socket would not wake us.
    if (auto head = news(ask()); head != 0)
      return head;
  }
}

position follower::news(position head) {
  // A notice of a position that does not exist is not checked again.
  link_->notices->last = 0;
  if (head <= std::max(known_, own_head_->load()))
    return 0;
  return known_ = head;
}

expected<position> follower::wait() {
  if (auto kept = keep_lock(); !kept)
    return kept.error();
  try {
    if (!link_) {
      sleep_until(clock::now() + pause_);
      if (stop_)
        return position{0};
      open();
      // Appends before it listened.
      auto head = news(ask());
      pause_ = {};
      if (head != 0)
        return head;
    }
    return wait_connected();
  } catch (const std::exception& x) {
    close();
    if (stop_)
      return position{0};
    pause_ = std::clamp(pause_ * 2, options_.pause, options_.max_pause);
    return to_failure(x);
  }
}

expected<void> follower::keep_lock() {
  // Notices may arrive far more often.
  if (!lock_ || clock::now() < next_look_)
    return {};
  next_look_ = clock::now() + look_interval;
  return lock_->keep();
}

expected<position> follower::wait_connected() {
  const auto end = clock::now() + options_.follow_interval;
  while (!stop_ && clock::now() < end) {
    if (auto head = heard(); head != 0)
      return head;
    sleep_until(end);
  }
  return stop_ ? 0 : news(ask());
}

} // namespace carillon::postgres
