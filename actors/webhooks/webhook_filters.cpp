#include "actors/webhooks/webhook_filters.hpp"

#include "messages/events/filter_program.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

/// A group with no more members gives them to others that have room.
constexpr size_t few_members = filter_group::most_filters / 4;

/// Null if the filter selects everything, or exceeds the limits, as one made of two may.
std::shared_ptr<const filter_program> program_of(const payload_filter& x) {
  if (x.is_everything())
    return nullptr;
  auto out = compile_filter(x.text());
  return out ? std::move(*out) : nullptr;
}

} // namespace

void webhook_filters::member::set(const payload_filter& x) {
  if (filter == x)
    return;
  filter = x;
  program = program_of(x);
}

uint64_t webhook_filters::member::number() const noexcept {
  return among == nullptr ? 0 : among->number;
}

/// It joins the oldest group that has room: filters of one company are often about the same
/// members.
void webhook_filters::add(member& x) {
  if (x.program == nullptr || join(x, nullptr))
    return;
  all_.push_back(std::make_unique<group>());
  all_.back()->number = ++last_;
  join(x, nullptr);
}

/// False if no group has room.
bool webhook_filters::join(member& x, const group* but) {
  for (const auto& to : all_) {
    if (to.get() == but)
      continue;
    const auto place = to->filters.add(x.program);
    if (!place)
      continue;
    to->members.resize(std::max(to->members.size(), *place + 1));
    to->members[*place] = &x;
    x.among = to.get();
    x.place = *place;
    return true;
  }
  return false;
}

void webhook_filters::drop(member& x) {
  auto* from = std::exchange(x.among, nullptr);
  if (from == nullptr)
    return;
  from->filters.remove(x.place);
  from->members[x.place] = nullptr;
  if (from->filters.size() <= few_members)
    empty_into_others(*from);
  if (from->filters.empty())
    std::erase_if(all_, [&](const auto& y) { return y.get() == from; });
}

void webhook_filters::empty_into_others(group& from) {
  for (size_t place = 0; place < from.members.size(); ++place) {
    auto* x = from.members[place];
    if (x == nullptr || !join(*x, &from))
      continue;
    from.filters.remove(place);
    from.members[place] = nullptr;
  }
}

} // namespace carillon
