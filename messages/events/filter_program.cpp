#include "messages/events/filter_program.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <list>
#include <random>
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
bool holds(const filter_step& step, const filter_value& x) {
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
bool judge(const filter_step& step, const std::vector<filter_value>& values) {
  const auto part_holds = [&](const filter_step& x) { return judge(x, values); };
  bool out = false;
  if (step.what == op::all)
    out = std::all_of(step.parts.begin(), step.parts.end(), part_holds);
  else if (step.what == op::any)
    out = std::any_of(step.parts.begin(), step.parts.end(), part_holds);
  else
    out = holds(step, values[step.path]);
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

/// One pass over `data`, which ends when every path has its value.
class filter_program::scan {
public:
  /// @param texts memory for strings with escapes
  scan(const filter_program& of, std::string_view data, std::vector<filter_value>& values,
       std::list<std::string>& texts)
    : nodes_(of.nodes_), at_(data), values_(values), texts_(texts), missing_(of.data_paths_) {
  }

  void run() {
    if (at_.kind() == raw_kind::object)
      take(nodes_.front());
  }

private:
  /// Takes the value that begins here, and looks for what the node names in it.
  void take(const node& x) {
    const auto kind = at_.kind();
    if (x.path) {
      --missing_;
      values_[*x.path].kind = kind;
    }
    if (kind == raw_kind::object && !x.children.empty())
      take_members(x);
    else if (kind == raw_kind::array && !x.children.empty())
      take_items(x);
    else if (const auto text = at_.value(); x.path)
      fill(values_[*x.path], text);
  }

  void take_members(const node& x) {
    at_.enter();
    std::string_view name;
    while (missing_ > 0 && at_.next_name(name))
      take_child(x, name, has_escapes(name));
  }

  void take_items(const node& x) {
    at_.enter();
    std::array<char, 24> digits{};
    for (size_t i = 0; missing_ > 0 && at_.next_item(); ++i) {
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), i).ptr;
      take_child(x, {digits.data(), static_cast<size_t>(end - digits.data())}, false);
    }
  }

  void take_child(const node& x, std::string_view name, bool escaped) {
    const auto* found = escaped ? find(x, unescaped(name)) : find(x, name);
    if (found != nullptr)
      take(*found);
    else
      at_.value();
  }

  const node* find(const node& x, std::string_view name) const {
    if ((x.lengths >> (name.size() % 64) & 1U) == 0)
      return nullptr;
    const auto i = x.children.find(name);
    return i != x.children.end() ? &nodes_[i->second] : nullptr;
  }

  void fill(filter_value& to, std::string_view text) {
    switch (to.kind) {
    case raw_kind::string: {
      auto inside = text.substr(1, text.size() < 2 ? 0 : text.size() - 2);
      to.text = has_escapes(inside) ? texts_.emplace_back(unescaped(inside)) : inside;
      return;
    }
    case raw_kind::number:
      to.number = json_number{text};
      return;
    case raw_kind::boolean:
      to.truth = text == "true";
      return;
    default:
      return;
    }
  }

  const std::vector<node>& nodes_;
  raw_json at_;
  std::vector<filter_value>& values_;
  std::list<std::string>& texts_;
  /// Paths without a value yet.
  size_t missing_;
};

filter_program::filter_program(std::shared_ptr<const filter_program> a,
                               std::shared_ptr<const filter_program> b)
  : text_(R"({"$and":[)" + a->text() + ',' + b->text() + "]}"), first_(std::move(a)),
    second_(std::move(b)) {
}

size_t filter_program::name_hash::operator()(std::string_view x) const noexcept {
  static const uint64_t seed = std::random_device{}();
  constexpr uint64_t factor = 0x9E3779B97F4A7C15U;
  auto out = seed ^ x.size() * factor;
  const auto mix = [&](size_t bytes) {
    uint64_t word = 0;
    std::memcpy(&word, x.data(), bytes);
    out = (out ^ word) * factor;
    out ^= out >> 32U;
    x.remove_prefix(bytes);
  };
  while (x.size() >= sizeof(uint64_t))
    mix(sizeof(uint64_t));
  mix(x.size());
  return static_cast<size_t>(out);
}

bool filter_program::matches(const filter_subject& x) const {
  if (first_ != nullptr)
    return first_->matches(x) && second_->matches(x);
  // A filter calls no other one.
  thread_local std::vector<filter_value> values;
  values.assign(paths_, {});
  std::list<std::string> texts;
  for (const auto& m : members_)
    if (const auto text = x.*m.text; !text.empty())
      values[m.path] = {raw_kind::string, text, {}, false};
  if (data_paths_ > 0)
    scan{*this, x.data, values, texts}.run();
  return judge(root_, values);
}

} // namespace carillon
