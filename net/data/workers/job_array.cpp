#include "net/data/workers/job_array.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "base/problem.hpp"
#include "messages/codec/mended_json.hpp"
#include "net/data/workers/job_body.hpp"

#include <utility>

namespace carillon::data {

namespace {

std::string in_item(size_t index) {
  return ", in item " + std::to_string(index) + " of the array";
}

/// Also true of what RapidJSON stops at, as in arrays of events: such an item fails alone.
bool is_valid_json(std::string_view text) {
  return is_json(text) || is_json(with_small_numbers(with_whole_pairs(text)));
}

} // namespace

job_array::job_array(std::string text, timestamp now)
  : text_(std::move(text)), items_(text_, "jobs"), now_(now) {
}

expected<bool> job_array::parse(std::chrono::steady_clock::time_point until) {
  do {
    if (auto taken = take_item(); !taken)
      return taken.error();
    auto more = items_.more();
    if (!more)
      return more.error();
    if (!*more)
      return true;
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

expected<void> job_array::take_item() {
  auto item = items_.next();
  if (!item)
    return failure{item.error().code,
                   item.error().detail + (jobs_.empty() ? std::string{} : in_item(jobs_.size())),
                   {}};
  if (jobs_.size() >= most_jobs)
    return failure{ec::too_large, "at most " + std::to_string(most_jobs) + " jobs in an array", {}};
  auto job = job_draft_from(item->text, now_);
  if (!job && job.error().code == ec::malformed_json && !is_valid_json(item->text))
    return failure{ec::malformed_json, job.error().detail + in_item(jobs_.size()), {}};
  jobs_.push_back(std::move(job));
  return {};
}

given_jobs claimed(given_jobs xs, const principal& who) {
  if (!who.is_bound())
    return xs;
  for (auto& x : xs) {
    if (!x)
      continue;
    if (x->company_id.empty())
      x->company_id = who.company_id;
    if (x->company_id != who.company_id)
      x = failure{ec::forbidden, "this API key is for jobs of another company", "companyId"};
  }
  return xs;
}

std::string verdicts_json(const job_verdicts& xs) {
  std::string out = R"({"results":[)";
  for (size_t i = 0; i < xs.size(); ++i) {
    if (i > 0)
      out += ',';
    if (const auto& x = xs[i]; x.what)
      out += enqueued_json(*x.what, x.kind, x.key);
    else
      json_appender{out}
        .begin_object()
        .member("index", static_cast<uint64_t>(i))
        .raw("error", problem_json(x.what.error()))
        .end_object();
  }
  return out += "]}";
}

} // namespace carillon::data
