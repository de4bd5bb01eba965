#include "actors/alerts/alert_book.hpp"

#include <algorithm>
#include <iterator>

namespace carillon {

std::vector<alert_change> alert_book::take(const std::string& alert,
                                           std::vector<alert_reading> readings, timestamp wall,
                                           time_point now) {
  std::vector<alert_change> out;
  for (auto& x : readings)
    look(alert, std::move(x), wall, now, out);
  auto i = entries_.lower_bound({alert, {}});
  while (i != entries_.end() && i->first.first == alert) {
    auto next = std::next(i);
    if (!std::exchange(i->second.seen, false)) {
      const auto subject = i->first.second;
      look(alert, {.subject = subject, .clear = true, .message = "it is not there any more"}, wall,
           now, out);
      i->second.seen = false;
    }
    const auto& x = i->second;
    if (!x.open && x.over == 0 && now >= x.not_before)
      entries_.erase(i);
    i = next;
  }
  return out;
}

void alert_book::look(const std::string& alert, alert_reading x, timestamp wall, time_point now,
                      std::vector<alert_change>& out) {
  const key name{alert, x.subject};
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    if (!x.over || entries_.size() >= max_alerts)
      return;
    found = entries_.emplace(name, entry{}).first;
  }
  auto& e = found->second;
  e.seen = true;
  e.over = x.over ? std::min(e.over + 1, looks) : 0;
  e.clear = x.clear ? std::min(e.clear + 1, looks) : 0;
  if (!e.open && e.over == looks && now >= e.not_before) {
    e.open = true;
    e.since = wall;
    out.push_back({alert, std::move(x), true, e.since});
  } else if (e.open && e.clear == looks) {
    e.open = false;
    e.over = 0;
    e.not_before = now + pause_;
    out.push_back({alert, std::move(x), false, e.since});
  }
}

} // namespace carillon
