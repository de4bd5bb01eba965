#include "net/admin/break_glass.hpp"

#include "base/json/writer.hpp"
#include "messages/alerts/alert_event.hpp"
#include "messages/events/publish.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/operations.hpp"

#include <caf/send.hpp>

namespace carillon::admin {

namespace {

/// Addresses and keys that are remembered; beyond it each use is told.
constexpr size_t max_told = 1'000;
/// For the log to take the alert.
constexpr std::chrono::seconds alert_time{30};

void alert_of(const call& c, const std::string& action) {
  system_alert x;
  x.alert = "break_glass";
  x.subject = name_of(c.who);
  x.state = "begun";
  x.value = 1;
  x.threshold = 1;
  x.since = wall_clock_now();
  x.message = "the break-glass key '" + c.who.key_name + "' was used from " + c.request.remote_addr
              + ": " + action;
  if (c.ctx.backend.tell)
    c.ctx.backend.tell("alert " + x.alert + " begins: " + x.message);
  auto draft = alert_draft(x);
  if (!draft)
    return;
  caf::anon_send(c.ctx.backend.router,
                 std::make_shared<publish_call>(std::vector<draft_ptr>{std::move(*draft)},
                                                std::chrono::steady_clock::now() + alert_time,
                                                [](const expected<receipts>&) {}));
}

} // namespace

bool break_glass_book::opens(const std::string& use, clock::time_point now) {
  const std::lock_guard lock{mutex_};
  std::erase_if(told_, [&](const auto& x) { return now - x.second >= pause; });
  if (told_.size() >= max_told)
    return true;
  return told_.emplace(use, now).second;
}

void break_glass_book::forget(const std::string& use) {
  const std::lock_guard lock{mutex_};
  told_.erase(use);
}

expected<void> tell_break_glass(const call& c) {
  const auto use = name_of(c.who) + ' ' + c.request.remote_addr;
  if (!c.ctx.break_glass.opens(use, break_glass_book::clock::now()))
    return {};
  const auto action = action_of(c.request.method, c.at);
  json_writer detail;
  detail.begin_object().member("call", std::string_view{action}).end_object();
  const auto by = c.stamp();
  audit_entry entry;
  entry.time = wall_clock_now();
  entry.action = "key.break_glass_used";
  entry.actor = by.who;
  entry.origin = origin_of(by);
  entry.subject = by.who;
  entry.detail = detail.take();
  entry.person = by.person;
  auto stored = ask<atom::done>(c, c.ctx.backend.state_writer.audit, append_audit{entry});
  if (!stored) {
    c.ctx.break_glass.forget(use);
    return stored.error();
  }
  alert_of(c, action);
  return {};
}

} // namespace carillon::admin
