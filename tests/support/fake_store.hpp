#pragma once

#include "base/overloaded.hpp"
#include "messages/caf_error.hpp"
#include "messages/state/interfaces.hpp"

#include <doctest/doctest.h>

#include <caf/message_handler.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace carillon::test {

template <class T>
std::string name_of_type() {
  // `… [with T = carillon::get_job; …]`
  const std::string_view all = __PRETTY_FUNCTION__;
  const auto begin = all.find("T = ") + 4;
  return std::string{all.substr(begin, all.find_first_of(";]", begin) - begin)};
}

/// Answers a request that the test does not expect: it fails, with the request's name.
template <class Request>
caf::result<reply_of<Request>> not_expected() {
  const auto text = name_of_type<Request>() + " is not expected in this test";
  FAIL_CHECK(text);
  return to_error({ec::internal, text, {}});
}

/// Calls `Override`, where it accepts the request.
template <class Override>
struct or_not_expected {
  Override override;

  template <class Request>
  caf::result<reply_of<Request>> operator()(const Request& x) const {
    if constexpr (std::is_invocable_v<const Override&, const Request&>)
      return override(x);
    else
      return not_expected<Request>();
  }

  caf::result<atom::done> operator()(const consumer_commit_ptr& x) const {
    if constexpr (std::is_invocable_v<const Override&, const consumer_commit_ptr&>)
      return override(x);
    FAIL_CHECK("a commit is not expected in this test");
    return to_error({ec::internal, "not expected in this test", {}});
  }

  /// Listeners may always be added.
  template <class Atom>
  void listen(Atom what, const effect_listener_actor& x) const {
    if constexpr (std::is_invocable_v<const Override&, Atom, const effect_listener_actor&>)
      override(what, x);
  }
};

/// The behavior of a fake STATE actor, derived from the lists of its requests. `overrides` are the
/// functions that answer requests; any other request fails the test. The compiler checks that each
/// of them returns what its request names. The actor may be any event-based one; `state_handles_of`
/// makes its handles.
template <class... Functions>
caf::message_handler fake_store(Functions... overrides) {
  using override_type = overloaded<Functions...>;
  const or_not_expected<override_type> all{override_type{overrides...}};
  caf::message_handler own{
    [all](const consumer_commit_ptr& x) { return all(x); },
    [all](atom::enqueued what, const effect_listener_actor& x) { all.listen(what, x); },
    [all](atom::notified what, const effect_listener_actor& x) { all.listen(what, x); }};
  return own.or_else(handlers_of(consumer_requests{}, all))
    .or_else(handlers_of(replay_requests{}, all))
    .or_else(handlers_of(audit_requests{}, all))
    .or_else(handlers_of(access_requests{}, all))
    .or_else(handlers_of(evidence_requests{}, all))
    .or_else(handlers_of(webhook_requests{}, all))
    .or_else(handlers_of(job_requests{}, all))
    .or_else(handlers_of(inbound_requests{}, all))
    .or_else(handlers_of(measure_requests{}, all))
    .or_else(handlers_of(schedule_requests{}, all))
    .or_else(handlers_of(contact_requests{}, all))
    .or_else(handlers_of(notification_requests{}, all))
    .or_else(handlers_of(document_requests{}, all));
}

} // namespace carillon::test
