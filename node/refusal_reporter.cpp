#include "node/refusal_reporter.hpp"

#include "messages/codec/catalogue/security.hpp"
#include "messages/events/publish.hpp"
#include "net/data/sockets/address_counts.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <csignal>

namespace carillon {

namespace {

constexpr std::chrono::seconds deadline{30};
/// Stands for many addresses.
constexpr std::string_view various = "various";

/// As in the catalogue, but applications that publish the type need not set `attempts`.
struct login_failures : security_login_failed {
  int64_t attempts = 0;
};

struct access_denials : security_access_denied {
  int64_t attempts = 0;
};

BOOST_DESCRIBE_STRUCT(login_failures, (), (company_id, user_id, ip, reason, attempts))
BOOST_DESCRIBE_STRUCT(access_denials, (), (company_id, user_id, principal, action, ip, attempts))

bool is_login(const refused_access& x) noexcept {
  return x.why.code == ec::unauthenticated;
}

std::string source_of(const std::string& ip) {
  boost::system::error_code error;
  auto address = boost::asio::ip::make_address(ip, error);
  return error ? ip : data::source_of(address);
}

std::string key_of(const refused_access& x) {
  auto source = source_of(x.ip);
  if (is_login(x))
    return "login " + source;
  return "access " + x.who + ' ' + x.action + ' ' + source;
}

expected<draft_ptr> draft_of(const refused_access& x, uint64_t attempts) {
  publish_options options;
  options.source = x.source;
  if (is_login(x)) {
    login_failures out;
    out.ip = x.ip;
    out.reason = x.why.detail;
    out.attempts = static_cast<int64_t>(attempts);
    return make_draft(out, options);
  }
  access_denials out;
  out.principal = x.who;
  out.action = x.action;
  out.ip = x.ip;
  out.attempts = static_cast<int64_t>(attempts);
  return make_draft(out, options);
}

} // namespace

refusal_reporter::refusal_reporter(router_actor router)
  : router_(std::move(router)), flusher_([this] { flush_in_time(); }) {
}

refusal_reporter::~refusal_reporter() {
  {
    std::lock_guard guard{mutex_};
    ended_ = true;
    changed_.notify_all();
  }
  flusher_.join();
}

void refusal_reporter::report(const refused_access& x, clock::time_point now) {
  auto told = x;
  {
    std::lock_guard guard{mutex_};
    if (auto* open = open_window(told, now); open != nullptr) {
      ++open->attempts;
      open->last = std::move(told);
      return;
    }
  }
  publish(told, 1, now);
}

/// The window that counts the refusal, or null if it opens one.
refusal_reporter::counted* refusal_reporter::open_window(refused_access& x, clock::time_point now) {
  auto key = key_of(x);
  auto found = windows_.find(key);
  if (found == windows_.end() && windows_.size() >= max_sources) {
    x.ip = various;
    if (!is_login(x))
      x.who = x.action = various;
    key = key_of(x);
    found = windows_.find(key);
  }
  if (found != windows_.end())
    return &found->second;
  windows_[key] = {.last = x, .attempts = 0, .until = now + window};
  changed_.notify_all();
  return nullptr;
}

void refusal_reporter::flush(clock::time_point now) {
  std::vector<counted> due;
  {
    std::lock_guard guard{mutex_};
    for (auto i = windows_.begin(); i != windows_.end();) {
      auto& [key, x] = *i;
      if (x.until > now) {
        ++i;
        continue;
      }
      if (x.attempts == 0) {
        i = windows_.erase(i);
        continue;
      }
      due.push_back(x);
      x.attempts = 0;
      x.until = now + window;
      ++i;
    }
  }
  for (const auto& x : due)
    publish(x.last, x.attempts, now);
}

void refusal_reporter::publish(const refused_access& x, uint64_t attempts,
                               clock::time_point now) const {
  auto draft = draft_of(x, attempts);
  if (draft)
    caf::anon_send(router_, unawaited_call(std::move(*draft), now + deadline));
}

void refusal_reporter::flush_in_time() {
  // The main thread handles signals.
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock{mutex_};
  while (!ended_) {
    if (windows_.empty()) {
      changed_.wait(lock);
      continue;
    }
    auto first = std::min_element(windows_.begin(), windows_.end(),
                                  [](auto& a, auto& b) { return a.second.until < b.second.until; });
    auto until = first->second.until;
    if (changed_.wait_until(lock, until) != std::cv_status::timeout)
      continue;
    lock.unlock();
    flush(clock::now());
    lock.lock();
  }
}

} // namespace carillon
