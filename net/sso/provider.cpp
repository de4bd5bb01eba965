#include "net/sso/provider.hpp"

#include "base/text/printable.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

namespace carillon::sso {

namespace {

constexpr int ok_status = 200;

/// The body of what a GET answers.
expected<std::string> body_at(const fetcher& send, const std::string& url) {
  auto got = send({.url = url});
  if (!got)
    return failure{got.error().code, url + ": " + got.error().detail, {}};
  if (got->status != ok_status)
    return failure{ec::overloaded, url + " was answered " + std::to_string(got->status), {}};
  return std::move(got->body);
}

} // namespace

provider::provider(std::string issuer, fetcher send, std::atomic<bool>& ends, provider_pace pace,
                   teller tell)
  : issuer_(std::move(issuer)), send_(std::move(send)), pace_(pace), tell_(std::move(tell)),
    ends_(ends) {
  thread_ = std::thread{[this] { work(); }};
}

provider::~provider() {
  stop();
  thread_.join();
}

void provider::stop() {
  {
    const std::lock_guard lock{mutex_};
    ends_ = true;
  }
  changed_.notify_all();
}

std::shared_ptr<const provider_facts> provider::facts() const {
  const std::lock_guard lock{mutex_};
  return facts_;
}

std::string provider::trouble() const {
  const std::lock_guard lock{mutex_};
  return trouble_;
}

bool provider::ask_locked() {
  if (reading_ || wanted_)
    return true;
  if (readings_ > 0 && clock::now() - last_end_ < pace_.least_pause)
    return false;
  wanted_ = true;
  changed_.notify_all();
  return true;
}

bool provider::ask() {
  const std::lock_guard lock{mutex_};
  return ask_locked();
}

bool provider::renew(clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  if (!ask_locked())
    return false;
  const auto before = readings_;
  return changed_.wait_until(lock, deadline, [&] { return readings_ > before || ends_; }) && !ends_;
}

void provider::work() {
  // The main thread handles signals.
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock{mutex_};
  while (!ends_) {
    if (!wanted_ && clock::now() < next_) {
      changed_.wait_until(lock, next_);
      continue;
    }
    wanted_ = false;
    reading_ = true;
    lock.unlock();
    auto found = read();
    lock.lock();
    reading_ = false;
    const auto line = take(std::move(found));
    changed_.notify_all();
    if (line.empty() || !tell_ || ends_)
      continue;
    lock.unlock();
    tell_(line);
    lock.lock();
  }
}

std::string provider::take(expected<provider_facts> found) {
  last_end_ = clock::now();
  ++readings_;
  if (found) {
    facts_ = std::make_shared<const provider_facts>(std::move(*found));
    failures_ = 0;
    last_success_ = last_end_;
    next_ = last_end_ + pace_.refresh;
    const auto was_away = !std::exchange(trouble_, {}).empty();
    return was_away ? "single sign-on: the provider answers again" : std::string{};
  }
  const auto is_new = trouble_ != found.error().detail;
  trouble_ = found.error().detail;
  if (last_end_ - last_success_ > pace_.keep)
    facts_.reset();
  constexpr uint64_t most_doublings = 10;
  const auto pause = pace_.retry * (1U << std::min(failures_++, most_doublings));
  next_ = last_end_ + std::min<std::chrono::milliseconds>(pause, pace_.refresh);
  return is_new ? "single sign-on: " + printable(trouble_) : std::string{};
}

expected<provider_facts> provider::read() const {
  try {
    auto description = body_at(send_, discovery_url(issuer_));
    if (!description)
      return description.error();
    auto out = parse_description(*description, issuer_);
    if (!out)
      return out;
    auto keys = body_at(send_, out->jwks_uri);
    if (!keys)
      return keys.error();
    auto parsed = parse_provider_keys(*keys);
    if (!parsed)
      return parsed.error();
    out->keys = std::move(*parsed);
    return out;
  } catch (const std::exception&) {
    return failure{ec::internal, "there is no memory for what the provider says", {}};
  }
}

} // namespace carillon::sso
