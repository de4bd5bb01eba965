#include "actors/schedules/due_batch.hpp"

#include "messages/schedules/occurrences.hpp"
#include "messages/schedules/timed_event.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

bool due_batch::add(const schedule_record& x, timestamp now, timestamp late_before,
                    const scheduler_options& options) {
  if (!x.next_at)
    return true;
  const auto size = x.definition.event.size() + 512;
  if (bytes_ > 0 && bytes_ + size > most_bytes)
    return false;
  item entry;
  auto& move = entry.move.emplace();
  move.id = x.id;
  move.version = x.version;
  move.from = *x.next_at;
  const auto all = occurrences::of(x.definition.timing);
  if (!all) {
    // Its zone is gone: it stops until an operator changes it.
    move.error = all.error().detail;
    items_.push_back(std::move(entry));
    return true;
  }
  const auto fit = std::max<size_t>((most_bytes - std::min(bytes_, most_bytes)) / size, 1);
  const auto due = due_of(*all, x.definition.missed, *x.next_at, now, late_before,
                          std::min(options.occurrences, fit));
  move.to = due.next;
  move.skipped = due.skipped;
  const auto at = items_.size();
  for (const auto time : due.fired) {
    auto draft = draft_of_occurrence(x.definition, time);
    if (!draft) {
      ++move.failed;
      move.error = draft.error().detail;
      continue;
    }
    bytes_ += size;
    put(x.definition.company_id, std::move(*draft), at);
  }
  items_.push_back(std::move(entry));
  return !due.next || *due.next > now;
}

bool due_batch::add(const delayed_event& x) {
  const auto size = x.event.size() + 512;
  if (bytes_ > 0 && bytes_ + size > most_bytes)
    return false;
  item entry;
  entry.delayed = x.id;
  auto draft = draft_from_json(x.event);
  if (draft) {
    if ((*draft)->time == timestamp{})
      (*draft)->time = x.publish_at;
    bytes_ += size;
    put(x.company_id, std::move(*draft), items_.size());
  } else {
    entry.error = draft.error().detail;
  }
  items_.push_back(std::move(entry));
  return true;
}

due_batch::call& due_batch::call_of(const std::string& company) {
  const auto at = std::find_if(calls_.begin(), calls_.end(),
                               [&](const call& x) { return x.company == company; });
  if (at != calls_.end())
    return *at;
  calls_.push_back({company, {}, {}});
  times_.emplace_back();
  return calls_.back();
}

void due_batch::put(const std::string& company, draft_ptr draft, size_t at) {
  auto& to = call_of(company);
  times_[static_cast<size_t>(&to - calls_.data())].push_back(draft->time);
  to.drafts.push_back(std::move(draft));
  to.items.push_back(at);
}

void due_batch::settle(size_t at, const expected<receipts>& result) {
  const auto& of = calls_[at];
  for (size_t i = 0; i < of.items.size(); ++i) {
    auto& x = items_[of.items[i]];
    if (result && i < result->size())
      judge(x, (*result)[i], times_[at][i]);
    else
      x.stays = true;
  }
}

void due_batch::judge(item& x, const receipt& y, timestamp time) {
  std::string error;
  if (y.is_conflict())
    error = "event " + std::to_string(y.seq) + " has this id, and the type " + y.conflicting_type;
  if (!x.move) {
    x.error = std::move(error);
    return;
  }
  if (!error.empty()) {
    ++x.move->failed;
    x.move->error = std::move(error);
    return;
  }
  ++x.move->fired;
  x.move->last_at = time;
}

std::vector<schedule_move> due_batch::moves() const {
  std::vector<schedule_move> out;
  for (const auto& x : items_)
    if (x.move && !x.stays)
      out.push_back(*x.move);
  return out;
}

std::vector<settled_delay> due_batch::delays() const {
  std::vector<settled_delay> out;
  for (const auto& x : items_)
    if (!x.move && !x.stays)
      out.push_back({x.delayed, x.error});
  return out;
}

} // namespace carillon
