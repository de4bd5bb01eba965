#include "node/refusal_reporter.hpp"

#include "messages/catalogue/security.hpp"
#include "messages/publish.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace carillon {

namespace {

constexpr std::chrono::seconds deadline{30};

expected<draft_ptr> draft_of(const refused_access& x) {
  publish_options options;
  options.source = "/admin";
  if (x.why.code == ec::unauthenticated) {
    security_login_failed out;
    out.ip = x.ip;
    out.reason = x.why.detail;
    return make_draft(out, options);
  }
  security_access_denied out;
  out.principal = x.who;
  out.action = x.action;
  out.ip = x.ip;
  return make_draft(out, options);
}

} // namespace

void refusal_reporter::report(const refused_access& x, clock::time_point now) {
  if (!take_turn(now))
    return;
  auto draft = draft_of(x);
  if (draft)
    caf::anon_send(router_,
                   std::make_shared<publish_call>(std::vector{std::move(*draft)}, now + deadline,
                                                  [](const expected<receipts>&) {}));
}

bool refusal_reporter::take_turn(clock::time_point now) {
  std::lock_guard guard{mutex_};
  if (auto turns = (now - refilled_at_) / pause; turns > 0) {
    turns_ = static_cast<unsigned>(std::min<int64_t>(burst, turns_ + turns));
    refilled_at_ = now;
  }
  if (turns_ == 0)
    return false;
  --turns_;
  return true;
}

} // namespace carillon
