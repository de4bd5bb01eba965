#pragma once

#include "net/data/notifications/notification_access.hpp"

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

} // namespace carillon::test
