#include "messages/events/filter_program.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

using op = filter_step::op;

bool compares(op what, std::strong_ordering order) noexcept {
  switch (what) {
  case op::gt:
    return order > 0;
  case op::gte:
    return order >= 0;
  case op::lt:
    return order < 0;
  default:
    return order <= 0;
  }
}

std::strong_ordering order_of(std::string_view a, std::string_view b) noexcept {
  return a.compare(b) <=> 0;
}

/// Whether a single condition holds.
bool compare_holds(const filter_step& step, const filter_value& x) {
  const auto& y = step.constant;
  switch (step.what) {
  case op::exists:
    return (x.kind != raw_kind::missing) == y.truth;
  case op::in:
    return step.set.contains(x);
  case op::starts:
    return x.kind == raw_kind::string && x.text.starts_with(y.text);
  case op::ends:
    return x.kind == raw_kind::string && x.text.ends_with(y.text);
  default:
    if (x.kind != y.kind)
      return false;
    return compares(step.what,
                    x.kind == raw_kind::string ? order_of(x.text, y.text) : x.number <=> y.number);
  }
}

/// Whether the step holds for the values of the paths.
bool judge(const filter_step& step, const filter_values& values,
           const std::vector<size_t>& places) {
  const auto part_holds = [&](const filter_step& x) { return judge(x, values, places); };
  bool out = false;
  if (step.what == op::all)
    out = std::all_of(step.parts.begin(), step.parts.end(), part_holds);
  else if (step.what == op::any)
    out = std::any_of(step.parts.begin(), step.parts.end(), part_holds);
  else
    out = compare_holds(step, values[places[step.path]]);
  return out != step.negated;
}

} // namespace

bool filter_set::contains(const filter_value& x) const {
  switch (x.kind) {
  case raw_kind::string:
    return std::binary_search(texts.begin(), texts.end(), x.text);
  case raw_kind::number:
    return std::binary_search(numbers.begin(), numbers.end(), x.number);
  case raw_kind::boolean:
    return x.truth ? yes : no;
  case raw_kind::null:
    return null;
  default:
    return false;
  }
}

filter_program::filter_program(std::shared_ptr<const filter_program> a,
                               std::shared_ptr<const filter_program> b)
  : text_(R"({"$and":[)" + a->text() + ',' + b->text() + "]}"), first_(std::move(a)),
    second_(std::move(b)) {
}

bool filter_program::holds(const filter_values& values, const std::vector<size_t>& places) const {
  return judge(root_, values, places);
}

bool filter_program::matches(const filter_subject& x) const {
  if (first_ != nullptr)
    return first_->matches(x) && second_->matches(x);
  // A filter calls no other one.
  thread_local filter_values values;
  paths_.find(x, values);
  return holds(values, own_places_);
}

} // namespace carillon
