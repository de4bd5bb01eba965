#include "node/commands/support/batch_sender.hpp"

#include "base/uuid.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>

namespace carillon::commands {

namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5'000};

bool is_temporary(int status) noexcept {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

/// The whole request is rejected for its contents, not for its sender.
bool is_about_contents(int status) noexcept {
  return status == 400 || status == 413 || status == 422;
}

} // namespace

expected<std::string> with_id(const std::string& item) {
  rapidjson::Document x;
  x.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(item.c_str(),
                                                                                  item.size());
  if (x.HasParseError())
    return failure{ec::malformed_json,
                   std::string{rapidjson::GetParseError_En(x.GetParseError())} + " at byte "
                     + std::to_string(x.GetErrorOffset() + 1),
                   {}};
  if (!x.IsObject())
    return failure{ec::schema_violation, "an event is a JSON object", {}};
  if (x.HasMember("id"))
    return item;
  auto out = item;
  out.insert(out.find('{') + 1, R"("id":")" + make_uuid_v7() + (x.ObjectEmpty() ? "\"" : "\","));
  return out;
}

expected<void> batch_sender::send(std::span<const input_item> items) {
  if (items.empty())
    return {};
  std::string body = "[";
  for (const auto& x : items)
    body += (body.size() > 1 ? "," : "") + x.text;
  auto answer = post(body + "]");
  if (!answer)
    return answer.error();
  if (answer->status == 200)
    return take_verdicts(items, *answer);
  auto why = problem_of(*answer);
  if (!is_about_contents(answer->status))
    return why;
  if (items.size() == 1) {
    refuse(items.front(), why);
    return {};
  }
  // One item may have spoiled the batch: halve it until that item stands alone.
  auto half = items.size() / 2;
  if (auto done = send(items.first(half)); !done)
    return done;
  return send(items.subspan(half));
}

/// Sends until a final answer, or until the time is over.
expected<api_answer> batch_sender::post(const std::string& body) {
  std::chrono::milliseconds waited{0};
  for (auto wait = first_pause;; wait = std::min(wait * 2, longest_pause)) {
    auto begin = std::chrono::steady_clock::now();
    auto answer = settings_.post(body);
    if (answer && !is_temporary(answer->status))
      return answer;
    auto next = std::max<std::chrono::milliseconds>(wait, answer ? answer->retry_after
                                                                 : std::chrono::seconds{0});
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
    waited += took + next;
    if (waited > settings_.retry_for)
      return answer ? expected<api_answer>{problem_of(*answer)} : answer;
    settings_.sleep(next);
  }
}

expected<void> batch_sender::take_verdicts(std::span<const input_item> items,
                                           const api_answer& answer) {
  auto body = json_of(answer);
  if (!body)
    return body.error();
  auto results = body->FindMember("results");
  if (results == body->MemberEnd() || !results->value.IsArray()
      || results->value.Size() != items.size())
    return failure{ec::internal, "the answer has no verdict for each event", {}};
  for (rapidjson::SizeType i = 0; i < results->value.Size(); ++i) {
    const auto& verdict = results->value[i];
    if (!verdict.IsObject() || verdict.HasMember("error")) {
      refuse(items[i], verdict.IsObject() ? problem_of(verdict["error"]) : failure{});
      continue;
    }
    ++totals_.published;
    totals_.last_seq = std::max(totals_.last_seq, number_member(verdict, "seq"));
    if (auto duplicate = verdict.FindMember("duplicate");
        duplicate != verdict.MemberEnd() && duplicate->value.IsTrue())
      ++totals_.duplicates;
  }
  return {};
}

void batch_sender::refuse(const input_item& item, const failure& why) {
  ++totals_.refused;
  settings_.on_refused(item.line, why);
}

} // namespace carillon::commands
