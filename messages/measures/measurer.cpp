#include "messages/measures/measurer.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace carillon {

namespace {

/// Types whose plans are kept. Publishers may name any.
constexpr size_t most_plans = 4'096;

size_t place_of(std::vector<std::string>& pointers, const std::string& x) {
  const auto at = std::find(pointers.begin(), pointers.end(), x);
  if (at == pointers.end()) {
    pointers.push_back(x);
    return pointers.size() - 1;
  }
  return static_cast<size_t>(at - pointers.begin());
}

/// The text by which values are told apart: numbers of the same value are the same.
std::string distinct_text(const scanned_member& x) {
  if (x.kind == member_kind::string)
    return 's' + x.text;
  if (x.kind == member_kind::boolean)
    return 'b' + x.text;
  const auto number = decimal::from_json(x.text);
  return 'n' + (number ? number->text() : x.text);
}

} // namespace

std::string group_of(const scanned_member& x) {
  switch (x.kind) {
  case member_kind::absent:
  case member_kind::null:
    return {};
  case member_kind::other:
    break;
  case member_kind::boolean:
  case member_kind::number:
  case member_kind::string:
    // PostgreSQL has no texts with U+0000.
    if (x.text.size() <= measure_limits::group_bytes && x.text.find('\0') == std::string::npos
        && is_utf8(x.text))
      return '=' + x.text;
  }
  return std::string{other_group};
}

std::optional<measure_cell> cell_of(const scanned_member& x, const measure_set& wanted) {
  measure_cell out;
  if (x.kind == member_kind::absent || x.kind == member_kind::null)
    return std::nullopt;
  std::optional<decimal> number;
  if (x.kind == member_kind::number)
    number = decimal::from_json(x.text);
  if (x.kind == member_kind::other || (wanted.needs_number() && !number)) {
    out.skipped = 1;
    return out;
  }
  out.count = 1;
  if (wanted.sum || wanted.avg)
    out.sum = *number;
  if (wanted.min)
    out.least = number;
  if (wanted.max)
    out.most = number;
  if (wanted.distinct)
    out.distinct.add(distinct_text(x));
  return out;
}

measurer::measurer(measure_records all) : records_(std::move(all)) {
  for (const auto& x : records_)
    if (!x.definition.company_id.empty())
      companies_.insert(x.definition.company_id);
}

const measurer::plan& measurer::plan_for(const event& x) {
  auto key = x.type;
  if (companies_.contains(x.company_id))
    key += '\n' + x.company_id;
  if (const auto at = plans_.find(key); at != plans_.end())
    return at->second;
  if (plans_.size() >= most_plans)
    plans_.clear();
  auto& out = plans_[std::move(key)];
  for (size_t i = 0; i < records_.size(); ++i) {
    const auto& definition = records_[i].definition;
    if (!concerns(definition, x.type, x.company_id))
      continue;
    interest next{.record = i, .member = place_of(out.pointers, definition.member), .group = 0};
    if (!definition.group_by.empty())
      next.group = place_of(out.pointers, definition.group_by) + 1;
    out.interests.push_back(next);
  }
  return out;
}

void measurer::measure(const event& x, const std::function<bool(const measure_record&)>& counts,
                       const sink& out) {
  const auto& wanted = plan_for(x);
  bool scanned = false;
  for (const auto& y : wanted.interests) {
    const auto& record = records_[y.record];
    if (!counts(record) || !matches_payload(record.definition.filter, keys_of(x)))
      continue;
    if (!std::exchange(scanned, true))
      scan_members(x.data, wanted.pointers, found_);
    auto cell = cell_of(found_[y.member], record.definition.measures);
    if (!cell)
      continue;
    const auto hour = std::chrono::floor<std::chrono::hours>(x.time).time_since_epoch().count();
    out({{.definition = record.id,
          .hour = hour,
          .company_id = x.company_id,
          .group = y.group == 0 ? std::string{} : group_of(found_[y.group - 1]),
          .type = x.type},
         std::move(*cell)});
  }
}

} // namespace carillon
