#pragma once

#include "messages/sessions/link.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace carillon::data {

/// The link of a worker, which gets no deliveries once its API key was revoked: the connection ends
/// with 4001 instead, and another worker gets them. Thread-safe, as the link is.
class admitted_link final : public session_link {
public:
  /// @param is_admitted asks whether the key still holds; thread-safe
  admitted_link(session_link_ptr to, std::function<bool()> is_admitted)
    : to_(std::move(to)), is_admitted_(std::move(is_admitted)) {
  }

  void bind(std::shared_ptr<session_peer> peer) override {
    to_->bind(std::move(peer));
  }

  session_wire wire() const noexcept override {
    return to_->wire();
  }

  bool send(const live_segment_ptr& x, size_t first, size_t last) override {
    return to_->send(x, first, last);
  }

  void say(std::string_view kind, std::string_view json) override {
    if (kind == "deliver" && !is_admitted_())
      to_->refuse({ec::unauthenticated, "the API key is not valid any more", {}},
                  session_close::unauthenticated, 0);
    else
      to_->say(kind, json);
  }

  void report(position x, std::string_view bookmark) override {
    to_->report(x, bookmark);
  }

  void took() override {
    to_->took();
  }

  void refuse(const failure& why, session_close code, position resume) override {
    to_->refuse(why, code, resume);
  }

  void close(session_close why, position resume) override {
    to_->close(why, resume);
  }

private:
  session_link_ptr to_;
  std::function<bool()> is_admitted_;
};

} // namespace carillon::data
