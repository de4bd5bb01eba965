#include "messages/jobs/job.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>

namespace carillon {

namespace {

constexpr std::array<std::string_view, 5> state_names{"queued", "running", "done", "dead",
                                                      "cancelled"};

} // namespace

std::string_view name_of(job_state x) noexcept {
  return state_names[static_cast<size_t>(x)];
}

std::optional<job_state> job_state_from(std::string_view name) noexcept {
  for (size_t i = 0; i < state_names.size(); ++i)
    if (state_names[i] == name)
      return static_cast<job_state>(i);
  return std::nullopt;
}

std::string_view queue_of(std::string_view kind) noexcept {
  return kind.substr(0, kind.find('.'));
}

bool is_job_kind(std::string_view x) noexcept {
  auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  auto fits = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !x.empty() && x.size() <= job_limits::kind_bytes && is_letter(x.front())
         && std::all_of(x.begin(), x.end(), fits);
}

expected<void> check(const job_draft& x) {
  if (!is_job_kind(x.kind))
    return failure{ec::invalid_argument,
                   "a kind is 1 to 64 of [a-z0-9._-] and begins with a letter", "kind"};
  if (x.key.empty() || !is_identifier(x.key, job_limits::key_bytes) || !is_utf8(x.key))
    return failure{ec::invalid_argument,
                   "a key is 1 to 256 bytes of UTF-8 without control characters", "key"};
  if (!x.company_id.empty() && (!is_identifier(x.company_id) || !is_utf8(x.company_id)))
    return failure{ec::invalid_argument, "this is not an id of a company", "companyId"};
  if (x.priority < -job_limits::priority || x.priority > job_limits::priority)
    return failure{ec::invalid_argument, "a priority is from -100 to 100", "priority"};
  if (x.payload.size() > job_limits::payload_bytes)
    return failure{ec::too_large, "a payload is at most 256 KiB", "payload"};
  if (auto object = parse_strict_object(x.payload, event_limits::json_depth); !object)
    return failure{object.error().code, object.error().detail, "payload"};
  return {};
}

expected<void> check(const job_progress& x) {
  if (x.note.size() > job_limits::note_bytes)
    return failure{ec::too_large, "a note has at most 500 bytes", "note"};
  if (!is_utf8(x.note))
    return failure{ec::invalid_argument, "a note is UTF-8", "note"};
  if (x.percent && *x.percent > 100)
    return failure{ec::invalid_argument, "a percentage is from 0 to 100", "percent"};
  return {};
}

} // namespace carillon
