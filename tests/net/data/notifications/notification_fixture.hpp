#pragma once

#include "net/auth/token/token_verifier.hpp"
#include "net/data/notifications/notification_access.hpp"
#include "tests/net/auth/token/token_issuer.hpp"
#include "tests/net/data/data_port_fixture.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

/// Notifications in memory, by the rules of a store. Thread-safe.
class fake_notification_access final : public notification_access {
public:
  std::mutex mutex;
  std::vector<notification> rows;
  /// While set, every request fails.
  std::optional<failure> broken;
  /// While set, answers are kept here until the test gives them.
  bool holds = false;
  std::vector<std::function<void()>> held;
  /// Time that the last request was given.
  std::chrono::milliseconds given{0};

  notification& add(const std::string& user, const std::string& company) {
    std::lock_guard lock{mutex};
    auto& out = rows.emplace_back();
    out.id = rows.size();
    out.user_id = user;
    out.company_id = company;
    out.kind = "order.created";
    out.event_seq = out.id + 40;
    out.title = "Order o-" + std::to_string(out.id) + " received";
    out.body = "We have received your order.";
    out.link = "/orders/o-" + std::to_string(out.id);
    out.created_at = from_micros(1'000'000);
    return out;
  }

  size_t unread() {
    std::lock_guard lock{mutex};
    return static_cast<size_t>(
      std::count_if(rows.begin(), rows.end(), [](const auto& x) { return !x.read_at; }));
  }

  void ask(list_notifications x, time_point until, reply<notification_list> to) override {
    answer(until, std::move(to), [&] { return list(x); });
  }

  void ask(get_notification x, time_point until, reply<notification> to) override {
    answer(until, std::move(to), [&]() -> expected<notification> {
      if (auto* found = find(x))
        return *found;
      return failure{ec::not_found, "there is no such notification", "id"};
    });
  }

  void ask(read_notifications x, time_point until, reply<uint64_t> to) override {
    answer(until, std::move(to), [&]() -> expected<uint64_t> {
      if (x.id != 0 && find(x) == nullptr)
        return failure{ec::not_found, "there is no such notification", "id"};
      uint64_t count = 0;
      for (auto& y : rows)
        if (is_of(x, y) && (x.id == 0 || y.id == x.id) && !y.read_at) {
          y.read_at = from_micros(2'000'000);
          ++count;
        }
      return count;
    });
  }

private:
  template <class Request>
  static bool is_of(const Request& x, const notification& y) {
    return y.user_id == x.user_id
           && (!x.company_id || y.company_id == *x.company_id
               || (x.or_none && y.company_id.empty()));
  }

  template <class Request>
  notification* find(const Request& x) {
    for (auto& y : rows)
      if (y.id == x.id && is_of(x, y))
        return &y;
    return nullptr;
  }

  expected<notification_list> list(const list_notifications& x) const {
    notification_list out;
    for (auto i = rows.rbegin(); i != rows.rend(); ++i) {
      if (!is_of(x, *i))
        continue;
      out.unread += i->read_at ? 0 : 1;
      if ((x.unread_only && i->read_at) || (x.page.beyond && i->id >= *x.page.beyond))
        continue;
      if (out.items.size() < x.page.limit)
        out.items.push_back(*i);
      else
        out.next = out.items.back().id;
    }
    return out;
  }

  template <class T, class F>
  void answer(time_point until, reply<T> to, F f) {
    std::unique_lock lock{mutex};
    given = std::chrono::duration_cast<std::chrono::milliseconds>(until - time_point::clock::now());
    auto out = broken ? expected<T>{*broken} : expected<T>{f()};
    if (holds) {
      held.emplace_back([to = std::move(to), out = std::move(out)] { to(out); });
      return;
    }
    lock.unlock();
    to(std::move(out));
  }
};

/// A data port with a key for tokens, an API key, and notifications.
struct notification_fixture : port_fixture {
  static constexpr const char* secret = "a secret of at least thirty-two bytes";

  token_issuer issuer = token_issuer::hs256(secret);
  std::unique_ptr<token_verifier> tokens;
  std::shared_ptr<fake_notification_access> store = std::make_shared<fake_notification_access>();
  key_ring real;
  std::string api_key = key_ring::make_key();
  std::mutex refusals_mutex;
  std::vector<refused_access> refusals;
  /// Credentials of the user `u-1` of the company `c-1`.
  std::string anna = bearer(R"({"sub":"u-1","company":"c-1"})");

  notification_fixture() {
    auto made = token_verifier::open({.secret = secret});
    REQUIRE(made.has_value());
    tokens = std::move(*made);
    carillon::api_key key;
    key.id = 1;
    key.role = role::admin;
    key.hash = key_ring::hash_of(api_key);
    real.replace({key});
    options.sessions.origins = {"https://shop.example"};
  }

  ~notification_fixture() {
    if (port)
      port->stop(std::chrono::milliseconds{0});
  }

  /// @param kept false for a node that keeps no notifications
  /// @param verifier null for a node without a key for tokens
  void start(bool kept, const token_verifier* verifier) {
    data_port_backend backend;
    backend.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
    backend.types = &types;
    backend.keys = options.sessions.dev_identities ? &keys : &real;
    backend.stats = stats;
    backend.tokens = verifier;
    backend.on_refused = [this](const refused_access& x) {
      std::lock_guard lock{refusals_mutex};
      refusals.push_back(x);
    };
    if (kept)
      backend.notifications = store;
    auto started = data_port::start(options, std::move(backend));
    REQUIRE(started.has_value());
    port = std::move(*started);
  }

  void start() {
    start(true, tokens.get());
  }

  std::string bearer(std::string_view claims) const {
    return "Authorization: Bearer " + issuer.token(claims) + "\r\n";
  }

  /// A request below `/api/notifications`.
  static std::string to(std::string_view method, std::string_view rest, std::string_view fields,
                        std::string_view body = {}) {
    std::string out{method};
    out.append(" /api/notifications").append(rest).append(" HTTP/1.1\r\nHost: localhost\r\n");
    out.append(fields);
    if (!body.empty())
      out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    return out.append("\r\n").append(body);
  }

  answer get(std::string_view rest, std::string_view fields) const {
    return ask(to("GET", rest, fields));
  }

  answer post_to(std::string_view rest, std::string_view fields, std::string_view body = {}) const {
    return ask(to("POST", rest, fields, body));
  }
};

/// A notification without the parts that its number decides.
inline std::string notification_json(uint64_t id, const std::string& user,
                                     const std::string& company_json) {
  auto number = std::to_string(id);
  return R"({"id":)" + number + R"(,"userId":")" + user + R"(","companyId":)" + company_json
         + R"(,"kind":"order.created","eventSeq":)" + std::to_string(id + 40)
         + R"(,"title":"Order o-)" + number + R"( received","body":"We have received your order.",)"
         + R"("link":"/orders/o-)" + number
         + R"(","createdAt":"1970-01-01T00:00:01.000000Z","readAt":null})";
}

} // namespace carillon::test
