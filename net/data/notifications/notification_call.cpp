#include "net/data/notifications/notification_call.hpp"

#include "base/json/object_reader.hpp"
#include "net/cursor.hpp"
#include "net/data/notifications/notification_text.hpp"
#include "net/http/answers.hpp"

#include <utility>

namespace carillon::data {

namespace {

whole_answer answer_with(const notification_list& x, uint64_t list) {
  json_writer out;
  out.begin_object();
  put_notifications(out, x);
  out.member_or_null("nextCursor", x.next ? make_cursor(*x.next, list) : std::string{});
  out.end_object();
  return {.body = out.take()};
}

whole_answer answer_with(const notification& x, uint64_t) {
  json_writer out;
  put_notification(out, x);
  return {.body = out.take()};
}

whole_answer answer_with(uint64_t count, uint64_t) {
  return {.body = read_count_json(count)};
}

/// Nothing, or an object without members.
expected<void> check_own_body(std::string_view body) {
  if (body.empty())
    return {};
  auto object = parse_object(body);
  if (!object)
    return object.error();
  object_reader in{*object};
  if (in.find("userId") != nullptr)
    in.fail("userId", "a token tells who it is");
  if (auto fault = in.finish())
    return *fault;
  return {};
}

} // namespace

void notification_call::serve(std::string_view body, std::string,
                              std::chrono::steady_clock::time_point deadline, reply to) {
  if (auto valid = check_own_body(body); !valid)
    return to(problem_answer(valid.error()));
  if (from_ == nullptr)
    return to(problem_answer({ec::store_unavailable, "notifications are not kept here", {}}));
  std::visit(
    [&](auto& x) {
      using answer = typename std::decay_t<decltype(x)>::answer;
      from_->ask(std::move(x), deadline, [to, list = list_](expected<answer> found) {
        to(found ? answer_with(*found, list) : problem_answer(found.error()));
      });
    },
    request_);
}

} // namespace carillon::data
