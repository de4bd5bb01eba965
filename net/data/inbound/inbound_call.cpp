#include "net/data/inbound/inbound_call.hpp"

#include "base/json/appender.hpp"
#include "base/time.hpp"
#include "net/http/answers.hpp"

#include <memory>
#include <vector>

namespace carillon::data {

namespace {

/// Whether the provider should send the same again.
bool is_passing(ec code) noexcept {
  return code == ec::overloaded || code == ec::quota_exceeded || code == ec::store_unavailable
         || code == ec::shutting_down || code == ec::timeout || code == ec::internal;
}

/// A provider learns that its delivery is stored, and nothing of the log.
whole_answer stored_answer(int status, const std::string& id, bool duplicate) {
  whole_answer out{.status = status};
  if (status != 202) {
    out.media_type.clear();
    return out;
  }
  json_appender{out.body}
    .begin_object()
    .member("id", id)
    .member("duplicate", duplicate)
    .end_object();
  return out;
}

} // namespace

void inbound_call::refuse(const failure& why, std::string remote, const reply& to) const {
  if (why.code == ec::unauthenticated) {
    desk_->count(inbound_outcome::unverified);
    desk_->stats->logins_failed.fetch_add(1, std::memory_order_relaxed);
    if (desk_->on_refused)
      desk_->on_refused({.why = why,
                         .who = {},
                         .action = "POST /in/{source}",
                         .ip = std::move(remote),
                         .source = "/data"});
  } else {
    desk_->count(is_passing(why.code) ? inbound_outcome::unavailable : inbound_outcome::refused);
  }
  to(problem_answer(why));
}

void inbound_call::serve(std::string_view body, std::string remote,
                         std::chrono::steady_clock::time_point deadline, reply to) {
  const auto now = wall_clock_now();
  if (auto proven = verify_inbound(*of_, request_.headers, body, now); !proven)
    return refuse(proven.error(), std::move(remote), to);
  auto data = inbound_data_of(body, request_.is_form);
  if (!data)
    return refuse(data.error(), std::move(remote), to);
  if (of_->source.preset == inbound_preset::slack)
    if (auto challenge = slack_challenge_of(*data)) {
      desk_->count(inbound_outcome::challenge);
      return to(whole_answer{.body = std::move(*challenge), .media_type = "text/plain"});
    }
  auto draft = inbound_draft(
    *of_, request_, body, *data,
    {.types = desk_->types, .accept_unknown_types = desk_->accept_unknown_types, .now = now});
  if (!draft)
    return refuse(draft.error(), std::move(remote), to);
  const auto id = (*draft)->id;
  auto done = [desk = desk_, to, id,
               status = of_->source.answer_status](const expected<receipts>& result) {
    if (!result || result->size() != 1) {
      const auto why = result ? failure{} : result.error();
      desk->count(is_passing(why.code) ? inbound_outcome::unavailable : inbound_outcome::refused);
      return to(problem_answer(why));
    }
    const auto& one = result->front();
    if (one.is_conflict()) {
      desk->count(inbound_outcome::refused);
      // Which position has it is no business of the provider.
      return to(problem_answer({ec::conflict, "an event of another type has this id", "id"}));
    }
    desk->count(one.duplicate ? inbound_outcome::duplicate : inbound_outcome::accepted);
    to(stored_answer(status, id, one.duplicate));
  };
  std::vector<draft_ptr> drafts;
  drafts.push_back(std::move(*draft));
  desk_->publish(std::make_shared<publish_call>(std::move(drafts), deadline, std::move(done),
                                                of_->source.company_id));
}

} // namespace carillon::data
