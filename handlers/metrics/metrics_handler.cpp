#include "handlers/metrics/metrics_handler.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// Events that report a begin. The first one is enough, unless it fails: then the others reach the
/// store before its retry.
constexpr position reporting_events = 4'096;

} // namespace

void metrics_handler::handle(const event& x, effects& out) {
  look_at_book();
  begin_with(x, out);
  measurer_.measure(
    x, [&](const measure_record& record) { return is_live(record, x.seq); },
    [&](measure_delta delta) { out.add(std::move(delta)); });
  furthest_ = std::max(furthest_, x.seq);
}

void metrics_handler::look_at_book() {
  const auto version = book_->version();
  if (version == version_)
    return;
  const auto all = book_->get();
  version_ = version;
  measurer_ = measurer_of(*all);
  cursor_ = all->cursor;
  unsettled_.clear();
  for (const auto& record : all->records)
    if (!record.live_after)
      unsettled_.push_back(record.id);
  std::erase_if(begins_, [&](const auto& begin) {
    return std::none_of(all->records.begin(), all->records.end(),
                        [&](const measure_record& y) { return y.id == begin.first; });
  });
}

void metrics_handler::begin_with(const event& x, effects& out) {
  const auto is_new = x.seq > furthest_ && x.seq > cursor_;
  for (const auto id : unsettled_) {
    auto at = begins_.find(id);
    if (at == begins_.end() && is_new)
      at = begins_.emplace(id, x.seq).first;
    if (at != begins_.end() && x.seq >= at->second && x.seq - at->second < reporting_events)
      out.add(measure_began{id, at->second});
  }
}

bool metrics_handler::is_live(const measure_record& record, position seq) const {
  if (const auto at = begins_.find(record.id); at != begins_.end())
    return seq >= at->second;
  return record.live_after && seq > *record.live_after;
}

} // namespace carillon
