#include "persistence/state/operators/audit_check.hpp"

namespace carillon {

namespace {

void refuse_event(audit_verdict& out, position seq, const char* reason) {
  out.valid = false;
  out.first_bad_event = seq;
  out.reason = reason;
}

expected<void> compare_events(audit_verdict& out, audit_progress& segment, const log_pages& log) {
  auto changed = first_changed(std::move(segment.events), log);
  if (!changed)
    return changed.error();
  if (*changed)
    refuse_event(out, **changed, "it is missing from the log, or is not what its audit row says");
  return {};
}

} // namespace

expected<audit_check> check_audit(audit_store& audit, const log_pages& log,
                                  const std::optional<audit_mark>& expect, bool gaps) {
  audit_check out;
  verify_audit request;
  request.expect = expect;
  for (;;) {
    auto segment = audit.verify(request);
    if (!segment)
      return segment.error();
    auto checked = out.verdict.checked + segment->verdict.checked;
    out.verdict = segment->verdict;
    out.verdict.checked = checked;
    out.hash = segment->hash;
    if (log)
      if (auto compared = compare_events(out.verdict, *segment, log); !compared)
        return compared.error();
    if (!out.verdict.valid || !segment->next || *segment->next <= request.from)
      break;
    request.from = *segment->next;
    request.hash = segment->hash;
  }
  if (!log || !gaps || !out.verdict.valid)
    return out;
  auto gap = first_gap(log);
  if (!gap)
    return gap.error();
  if (*gap)
    refuse_event(out.verdict, **gap, "it is missing from the log");
  return out;
}

expected<std::string> digest_of_first(const log_pages& log) {
  read_request request;
  request.limit = 1;
  auto page = log(request);
  if (!page)
    return page.error();
  if (page->events.empty())
    return std::string{};
  auto digest = try_event_digest(*page->events.front());
  if (!digest)
    return no_event_digest();
  return std::move(*digest);
}

expected<std::optional<std::string>> digest_of_readable_first(const log_pages& log) {
  auto first = digest_of_first(log);
  if (first)
    return std::optional{std::move(*first)};
  if (first.error().code == ec::store_refused)
    return std::optional<std::string>{};
  return first.error();
}

} // namespace carillon
