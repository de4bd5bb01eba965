#include "net/admin/server/readiness.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iterator>

namespace carillon::admin {

namespace {

void block_signals() {
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

readiness::readiness(std::function<std::string()> check) : check_(std::move(check)) {
  checker_ = std::thread{[this] { check_when_wanted(); }};
  answerer_ = std::thread{[this] { answer_in_time(); }};
}

readiness::~readiness() {
  stop();
}

void readiness::stop() {
  {
    std::lock_guard lock{mutex_};
    ended_ = true;
    changed_.notify_all();
  }
  for (auto* x : {&checker_, &answerer_})
    if (x->joinable())
      x->join();
}

void readiness::ask(reply x) {
  std::lock_guard lock{mutex_};
  waiters_.push_back({std::move(x), clock::now()});
  wanted_ = true;
  changed_.notify_all();
}

void readiness::check_when_wanted() {
  block_signals();
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || wanted_; });
    if (ended_)
      return;
    wanted_ = false;
    auto begun = clock::now();
    lock.unlock();
    std::string found;
    try {
      found = check_ ? check_() : std::string{};
    } catch (const std::exception&) {
      found = "the node's check of itself";
    }
    lock.lock();
    found_ = std::move(found);
    begun_ = begun;
    ended_at_ = clock::now();
    changed_.notify_all();
  }
}

std::string readiness::verdict(clock::time_point now) const {
  if (ended_at_ == clock::time_point{} || now - ended_at_ > memory)
    return "the node's check of itself";
  return found_;
}

/// Removes the waiters that have an answer, or whose time is over.
std::vector<readiness::waiter> readiness::take_due(clock::time_point now) {
  auto due = std::stable_partition(waiters_.begin(), waiters_.end(), [&](const waiter& x) {
    return x.asked > begun_ && now - x.asked < patience;
  });
  std::vector<waiter> out{std::make_move_iterator(due), std::make_move_iterator(waiters_.end())};
  waiters_.erase(due, waiters_.end());
  return out;
}

void readiness::answer_in_time() {
  block_signals();
  std::unique_lock lock{mutex_};
  while (!ended_) {
    auto now = clock::now();
    auto due = take_due(now);
    if (due.empty()) {
      // The first waiter asked first.
      if (waiters_.empty())
        changed_.wait(lock);
      else
        changed_.wait_until(lock, waiters_.front().asked + patience);
      continue;
    }
    auto text = verdict(now);
    lock.unlock();
    for (const auto& x : due)
      x.tell(text);
    lock.lock();
  }
}

} // namespace carillon::admin
