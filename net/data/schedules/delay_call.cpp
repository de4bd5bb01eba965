#include "net/data/schedules/delay_call.hpp"

#include "messages/schedules/timed_event.hpp"
#include "net/data/publishing/intake.hpp"
#include "net/data/schedules/delayed_text.hpp"
#include "net/http/answers.hpp"

namespace carillon::data {

namespace {

failure not_scheduled_here() {
  return {ec::store_unavailable, "nothing is scheduled here", {}};
}

whole_answer answer_of_delayed(const expected<delayed_event>& x, int status) {
  return x ? whole_answer{.status = status, .body = delayed_json(*x)} : problem_answer(x.error());
}

} // namespace

delay_call::delay_call(std::shared_ptr<delay_calls> to, const admission& admitted,
                       std::vector<cloud_attribute> cloud, timestamp at)
  : to_(std::move(to)), form_(admitted.form), content_type_(admitted.content_type),
    who_(admitted.who), cloud_(std::move(cloud)), at_(at) {
}

void delay_call::serve(std::string_view body, std::string,
                       std::chrono::steady_clock::time_point deadline, reply to) {
  if (to_ == nullptr)
    return to(problem_answer(not_scheduled_here()));
  if (is_batch(form_, body))
    return to(problem_answer(
      {ec::invalid_argument, "with publishAt the body is one event, not an array", "publishAt"}));
  admission admitted;
  admitted.form = form_;
  admitted.content_type = content_type_;
  admitted.who = who_;
  request_head head;
  head.cloud = cloud_;
  const auto ctx = to_->parsing(who_.company_id);
  auto draft = take_event(admitted, head, body, ctx);
  if (!draft)
    return to(problem_answer(draft.error()));
  auto wanted = delay_of(**draft, at_, ctx.now);
  if (!wanted)
    return to(problem_answer(wanted.error()));
  to_->put(
    {std::move(*wanted)}, who_.company_id, deadline,
    [to = std::move(to)](const expected<delayed_event>& x) { to(answer_of_delayed(x, 202)); });
}

void delayed_event_call::serve(std::string_view body, std::string,
                               std::chrono::steady_clock::time_point deadline, reply to) {
  if (!body.empty())
    return to(problem_answer({ec::invalid_argument, "this call takes no body", {}}));
  if (to_ == nullptr)
    return to(problem_answer(not_scheduled_here()));
  const auto company = who_.is_bound() ? std::optional{who_.company_id} : std::nullopt;
  if (cancels_)
    return to_->cancel({id_, company, std::nullopt}, deadline,
                       [to = std::move(to)](const expected<atom::done>& x) {
                         to(x ? whole_answer{.status = 204} : problem_answer(x.error()));
                       });
  to_->show({id_, company}, deadline, [to = std::move(to)](const expected<delayed_event>& x) {
    to(answer_of_delayed(x, 200));
  });
}

} // namespace carillon::data
