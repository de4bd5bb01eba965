#include "actors/webhooks/webhook_index.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// Types per company whose webhooks are kept at hand.
constexpr size_t known_types = 256;

/// Filters of a group that an event has to concern before it is read for all of the group: alone,
/// each of them reads no further than to its own members.
constexpr size_t looked_at_together = 4;

template <class T>
bool drop(std::vector<T>& from, const T& x) {
  std::erase(from, x);
  return from.empty();
}

bool names_many(const std::vector<type_pattern>& types) {
  return types.empty() || std::any_of(types.begin(), types.end(), [](const auto& x) {
           return x.exact().empty();
         });
}

} // namespace

void webhook_index::count_in(bound_ptr x) {
  std::lock_guard guard{mutex_};
  counted_ = std::move(x);
}

void webhook_index::count_excluded_in(telemetry_ptr x) {
  std::lock_guard guard{mutex_};
  stats_ = std::move(x);
}

position webhook_index::put(const webhook& x) {
  std::lock_guard guard{mutex_};
  auto [i, added] = entries_.try_emplace(x.id);
  if (added) {
    i->second = std::make_unique<entry>();
    i->second->id = x.id;
    if (counted_ != nullptr)
      counted_->hold(x.settings.company_id, 1);
  } else {
    disabled_ -= i->second->enabled ? 0 : 1;
  }
  auto& to = *i->second;
  // A change of its address or name does not enter the filters of its group again.
  const bool is_found_as_before = !added && to.company_id == x.settings.company_id
                                  && to.types == x.settings.types
                                  && to.own.filter == x.settings.filter;
  if (!added && !is_found_as_before)
    unlink(to);
  to.company_id = x.settings.company_id;
  to.types = x.settings.types;
  if (!is_found_as_before)
    to.own.set(x.settings.filter);
  to.enabled = x.enabled;
  // Both only grow; the values here may be newer than those stored when `x` was read.
  to.awake_at = std::max(to.awake_at, x.awake_at);
  to.asleep_at = std::max(to.asleep_at, x.asleep_at);
  disabled_ += to.enabled ? 0 : 1;
  if (!is_found_as_before)
    link(to);
  to.put_at = seen_;
  return seen_;
}

void webhook_index::erase(uint64_t id) {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(id);
  if (i == entries_.end())
    return;
  unlink(*i->second);
  disabled_ -= i->second->enabled ? 0 : 1;
  if (counted_ != nullptr)
    counted_->give_back(i->second->company_id, 1);
  entries_.erase(i);
}

void webhook_index::link(entry& x) {
  auto& to = tenants_[x.company_id];
  to.known.clear();
  to.filters.add(x.own);
  if (names_many(x.types)) {
    to.broad.push_back(&x);
    return;
  }
  for (const auto& type : x.types) {
    auto& list = to.exact[type.exact()];
    if (std::find(list.begin(), list.end(), &x) == list.end())
      list.push_back(&x);
  }
}

void webhook_index::unlink(entry& x) {
  auto i = tenants_.find(x.company_id);
  if (i == tenants_.end())
    return;
  auto& from = i->second;
  from.known.clear();
  from.filters.drop(x.own);
  if (names_many(x.types))
    drop(from.broad, &x);
  else
    for (const auto& type : x.types)
      if (auto list = from.exact.find(type.exact());
          list != from.exact.end() && drop(list->second, &x))
        from.exact.erase(list);
  if (from.broad.empty() && from.exact.empty())
    tenants_.erase(i);
}

bool webhook_index::selects(const concern& x, const filter_subject& seen) {
  const auto& own = x.of->own;
  if (!x.together)
    return own.filter.matches(seen);
  if (std::exchange(found_for_, own.among) != own.among)
    own.among->filters.look_at(seen, found_);
  return own.among->filters.matches(own.place, found_);
}

const std::vector<webhook_index::concern>& webhook_index::tenant::find(const std::string& type) {
  auto i = known.find(type);
  if (i != known.end())
    return i->second;
  if (known.size() >= known_types)
    known.clear();
  auto& out = known[type];
  if (auto list = exact.find(type); list != exact.end())
    for (auto* x : list->second)
      out.push_back({x, false});
  auto fits = [&](const type_pattern& p) { return p.matches(type); };
  for (auto* x : broad)
    if (x->types.empty() || std::any_of(x->types.begin(), x->types.end(), fits))
      out.push_back({x, false});
  const auto group_of = [](const concern& x) { return x.of->own.number(); };
  std::stable_sort(out.begin(), out.end(),
                   [&](const concern& a, const concern& b) { return group_of(a) < group_of(b); });
  std::unordered_map<uint64_t, size_t> sizes;
  for (const auto& x : out)
    ++sizes[group_of(x)];
  for (auto& x : out)
    x.together = group_of(x) != 0 && sizes[group_of(x)] >= looked_at_together;
  return out;
}

void webhook_index::consider(entry& x, const event& seen, std::vector<uint64_t>& out,
                             std::vector<webhook_activation>& activated) {
  if (seen.seq <= x.asleep_at)
    return;
  x.last_match = std::max(x.last_match, seen.seq);
  auto active = x.awake_at > x.asleep_at;
  if (!active)
    x.awake_at = seen.seq;
  // Seen once more after a crash: the note may have been lost.
  if (x.awake_at == seen.seq)
    activated.push_back({x.id, seen.seq});
  if (x.enabled)
    out.push_back(x.id);
}

void webhook_index::match(const event& x, std::vector<uint64_t>& out,
                          std::vector<webhook_activation>& activated) {
  std::lock_guard guard{mutex_};
  seen_ = std::max(seen_, x.seq);
  const filter_subject seen{.id = x.id,
                            .type = x.type,
                            .source = x.source,
                            .company_id = x.company_id,
                            .user_id = x.user_id,
                            .correlation_id = x.correlation_id,
                            .causation_id = x.causation_id,
                            .data = x.data};
  uint64_t excluded = 0;
  found_for_ = nullptr;
  auto look_in = [&](const std::string& company) {
    auto i = tenants_.find(company);
    if (i == tenants_.end())
      return;
    for (const auto& y : i->second.find(x.type))
      if (selects(y, seen))
        consider(*y.of, x, out, activated);
      else
        excluded += y.of->enabled ? 1 : 0;
  };
  if (!x.company_id.empty())
    look_in(x.company_id);
  look_in({});
  if (excluded > 0 && stats_ != nullptr)
    stats_->filtered_by_webhooks.fetch_add(excluded, std::memory_order_relaxed);
}

std::optional<position> webhook_index::try_passivate(uint64_t id, position done) {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(id);
  if (i == entries_.end() || i->second->last_match > done)
    return std::nullopt;
  auto& x = *i->second;
  // A change may have activated it at a position that was not matched yet. It then stays active,
  // here and in the store, but needs no actors until an event comes.
  x.asleep_at = std::max(x.asleep_at, seen_);
  return x.asleep_at;
}

void webhook_index::start_at(position x) {
  std::lock_guard guard{mutex_};
  seen_ = std::max(seen_, x);
}

std::optional<webhook_index::standing> webhook_index::find(uint64_t id) const {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(id);
  if (i == entries_.end())
    return std::nullopt;
  const auto& x = *i->second;
  return standing{x.enabled,   x.awake_at > x.asleep_at, x.awake_at, x.asleep_at, x.put_at,
                  x.own.filter};
}

std::string webhook_index::company_of(uint64_t id) const {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(id);
  return i != entries_.end() ? i->second->company_id : std::string{};
}

std::vector<uint64_t> webhook_index::enabled(const std::string& company_id) const {
  std::lock_guard guard{mutex_};
  std::vector<uint64_t> out;
  for (const auto& [id, x] : entries_)
    if (x->enabled && (company_id.empty() || x->company_id.empty() || x->company_id == company_id))
      out.push_back(id);
  return out;
}

size_t webhook_index::size() const {
  std::lock_guard guard{mutex_};
  return entries_.size();
}

size_t webhook_index::disabled() const {
  std::lock_guard guard{mutex_};
  return disabled_;
}

} // namespace carillon
