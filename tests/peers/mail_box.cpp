#include "tests/peers/mail_box.hpp"

#include <chrono>

namespace carillon::test {

using namespace std::chrono_literals;

mail_box::mail_box(uint16_t port) : peer_({.port = port}), reader_([this] { read(); }) {
}

mail_box::~mail_box() {
  stop_ = true;
  reader_.join();
}

void mail_box::read() {
  while (!stop_) {
    auto x = peer_.next(100ms);
    if (!x.IsObject())
      continue;
    mail out{x["to"][0].GetString(), x["subject"].GetString(), {}};
    for (const auto& y : x["attachments"].GetArray())
      out.attachments.emplace_back(y["sha256"].GetString());
    std::lock_guard guard{mutex_};
    mails_[x["messageId"].GetString()].push_back(std::move(out));
  }
}

std::map<std::string, std::vector<mail_box::mail>> mail_box::mails() const {
  std::lock_guard guard{mutex_};
  return mails_;
}

size_t mail_box::count() const {
  std::lock_guard guard{mutex_};
  return mails_.size();
}

} // namespace carillon::test
