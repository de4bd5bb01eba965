#include "messages/events/payload_filter.hpp"

#include "base/json/strict_json.hpp"
#include "base/json/unescape.hpp"
#include "base/text/utf8.hpp"
#include "messages/events/filter_program.hpp"
#include "messages/events/filter_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

using limits = payload_filter_limits;
using step_op = filter_step::op;

/// Levels of JSON: each `$and` and `$or` has two, a condition one more.
constexpr size_t filter_json_depth = 2 * limits::depth + 4;

/// Members of an event besides `data`.
constexpr auto event_members
  = std::to_array<std::pair<std::string_view, std::string_view filter_subject::*>>({
    {"id", &filter_subject::id},
    {"type", &filter_subject::type},
    {"source", &filter_subject::source},
    {"companyId", &filter_subject::company_id},
    {"userId", &filter_subject::user_id},
    {"correlationId", &filter_subject::correlation_id},
    {"causationId", &filter_subject::causation_id},
  });

struct comparison {
  std::string_view name;
  step_op what;
  bool negated;
};

/// Operators with one value.
constexpr auto comparisons = std::to_array<comparison>({
  {"$eq", step_op::in, false},
  {"$ne", step_op::in, true},
  {"$gt", step_op::gt, false},
  {"$gte", step_op::gte, false},
  {"$lt", step_op::lt, false},
  {"$lte", step_op::lte, false},
  {"$in", step_op::in, false},
  {"$nin", step_op::in, true},
  {"$exists", step_op::exists, false},
  {"$startsWith", step_op::starts, false},
  {"$endsWith", step_op::ends, false},
});

} // namespace

/// Makes a program of a filter's text, and keeps the first fault with its place.
class filter_compiler {
public:
  explicit filter_compiler(std::string_view field) : place_(field) {
  }

  /// @param json a strict JSON object without blanks
  expected<std::shared_ptr<const filter_program>> compile(std::string json) {
    auto out = std::make_shared<filter_program>();
    made_ = out.get();
    made_->text_ = std::move(json);
    made_->root_ = read_filter(made_->text_, 1);
    if (fault_)
      return std::move(*fault_);
    for (size_t i = 0; i < made_->paths_.size(); ++i)
      made_->own_places_.push_back(i);
    return std::shared_ptr<const filter_program>{std::move(out)};
  }

private:
  /// Calls `f` for each member, until a fault, with its place at hand.
  template <class F>
  void each_member(std::string_view object, F&& f) {
    raw_json in{object};
    in.enter();
    std::string_view raw;
    while (!fault_ && in.next_name(raw)) {
      const auto name = unescaped(raw);
      const auto value = in.value();
      within(pointer_part(name), [&] { f(name, value); });
    }
  }

  template <class F>
  void each_item(std::string_view array, F&& f) {
    raw_json in{array};
    in.enter();
    for (size_t i = 0; !fault_ && in.next_item(); ++i)
      within(std::to_string(i), [&] {
        if (i >= limits::list)
          return fail("a list has at most 100 parts");
        f(in.value());
      });
  }

  template <class F>
  void within(const std::string& part, F&& f) {
    const auto before = place_.size();
    place_ += '/' + part;
    f();
    place_.resize(before);
  }

  void fail(std::string detail) {
    if (!fault_)
      fault_ = failure{ec::invalid_argument, std::move(detail), place_};
  }

  void count_operator() {
    if (++operators_ > limits::operators)
      fail("a filter has at most 64 operators");
  }

  // -- filters ------------------------------------------------------------------

  filter_step read_filter(std::string_view json, size_t depth) {
    filter_step out;
    if (depth > limits::depth)
      fail("at most 8 filters are within each other");
    else if (raw_kind_of(json) != raw_kind::object)
      fail("a filter is an object, such as {\"data.total\":{\"$gt\":100}}");
    else
      each_member(json, [&](const std::string& name, std::string_view value) {
        out.parts.push_back(read_part(name, value, depth));
      });
    return simple(std::move(out));
  }

  /// The same with less to do: what holds for everything is no part of an `all`, makes an `any`
  /// hold, and a single part stands for itself. A filter may have thousands of `{}`.
  static filter_step simple(filter_step x) {
    const auto everything = [](const filter_step& part) { return part.is_everything(); };
    if (x.what == step_op::any && std::any_of(x.parts.begin(), x.parts.end(), everything)) {
      x.what = step_op::all;
      x.parts.clear();
    }
    std::erase_if(x.parts, everything);
    if (x.parts.size() != 1)
      return x;
    // Moved out first, since `x` owns it.
    auto only = std::move(x.parts.front());
    only.negated = only.negated != x.negated;
    return only;
  }

  filter_step read_part(const std::string& name, std::string_view value, size_t depth) {
    if (!name.starts_with('$'))
      return read_path(name, value, depth);
    count_operator();
    filter_step out;
    if (name == "$not") {
      out = read_filter(value, depth + 1);
      out.negated = !out.negated;
    } else if (name != "$and" && name != "$or") {
      fail(is_comparison(name)
             ? "the operator stands behind a path: {\"data.total\":{\"" + name + "\":…}}"
             : unknown_operator(name));
    } else if (raw_kind_of(value) != raw_kind::array) {
      fail("the operator takes a list of filters");
    } else {
      out.what = name == "$or" ? step_op::any : step_op::all;
      each_item(value, [&](std::string_view x) { out.parts.push_back(read_filter(x, depth + 1)); });
      if (out.parts.empty())
        fail("the list of filters is empty");
    }
    return simple(std::move(out));
  }

  static bool is_comparison(std::string_view name) {
    return std::any_of(comparisons.begin(), comparisons.end(),
                       [&](const auto& x) { return x.name == name; });
  }

  static std::string unknown_operator(const std::string& name) {
    return "'" + excerpt(name)
           + "' is no operator: use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, "
             "$startsWith, $endsWith, $and, $or or $not";
  }

  // -- conditions -----------------------------------------------------------------

  filter_step read_path(const std::string& name, std::string_view value, size_t depth) {
    const auto path = path_of(name);
    return path ? read_conditions(*path, value, depth) : filter_step{};
  }

  filter_step read_conditions(size_t path, std::string_view value, size_t depth) {
    filter_step out;
    if (depth > limits::depth) {
      fail("at most 8 filters are within each other");
    } else if (raw_kind_of(value) == raw_kind::array) {
      fail("a member is compared with one value; {\"$in\":[…]} takes several");
    } else if (raw_kind_of(value) != raw_kind::object) {
      count_operator();
      out.parts.push_back(compare(comparisons.front(), path, value));
    } else {
      each_member(value, [&](const std::string& name, std::string_view x) {
        out.parts.push_back(read_condition(path, name, x, depth));
      });
      if (out.parts.empty())
        fail("the condition is empty");
    }
    return simple(std::move(out));
  }

  filter_step read_condition(size_t path, const std::string& name, std::string_view value,
                             size_t depth) {
    count_operator();
    if (name == "$not") {
      auto out = read_conditions(path, value, depth + 1);
      out.negated = !out.negated;
      return out;
    }
    const auto* found = std::find_if(comparisons.begin(), comparisons.end(),
                                     [&](const auto& x) { return x.name == name; });
    if (found != comparisons.end())
      return compare(*found, path, value);
    fail(name.starts_with('$') ? unknown_operator(name)
                               : "a member within another one is named by its path, such as "
                                 "data.order.total");
    return {};
  }

  filter_step compare(const comparison& by, size_t path, std::string_view value) {
    filter_step out;
    out.what = by.what;
    out.negated = by.negated;
    out.path = path;
    const auto kind = raw_kind_of(value);
    const bool takes_list = by.name == "$in" || by.name == "$nin";
    if (takes_list && kind != raw_kind::array) {
      fail("the operator takes a list of values");
    } else if (takes_list) {
      each_item(value, [&](std::string_view x) { add(out.set, constant(x)); });
      sort(out.set);
    } else if (by.what == step_op::in) {
      add(out.set, constant(value));
    } else {
      out.constant = constant(value);
      check_kind(by, out.constant.kind);
    }
    return out;
  }

  void check_kind(const comparison& by, raw_kind kind) {
    if (by.what == step_op::exists) {
      if (kind != raw_kind::boolean)
        fail("the operator takes true or false");
    } else if (by.what == step_op::starts || by.what == step_op::ends) {
      if (kind != raw_kind::string)
        fail("the operator takes a text");
    } else if (kind != raw_kind::string && kind != raw_kind::number) {
      fail("the operator takes a number or a text");
    }
  }

  // -- values -----------------------------------------------------------------------

  filter_value constant(std::string_view json) {
    filter_value out;
    out.kind = raw_kind_of(json);
    if (out.kind == raw_kind::object || out.kind == raw_kind::array) {
      fail("the value is a text, a number, true, false or null");
    } else if (out.kind == raw_kind::boolean) {
      out.truth = json == "true";
    } else if (out.kind == raw_kind::number) {
      out.number = json_number{keep(std::string{json})};
    } else if (out.kind == raw_kind::string) {
      out.text = keep(unescaped(json.substr(1, json.size() - 2)));
    }
    return out;
  }

  /// No event has a U+0000, and several doors refuse it.
  void refuse_nul(std::string_view x) {
    if (x.find('\0') != std::string_view::npos)
      fail("no text of an event has a U+0000");
  }

  /// The text at a place where it stays.
  std::string_view keep(std::string x) {
    if (x.size() > limits::text_bytes)
      fail("a value has at most 512 bytes");
    refuse_nul(x);
    return made_->constants_.emplace_back(std::move(x));
  }

  static void add(filter_set& to, const filter_value& x) {
    if (x.kind == raw_kind::string)
      to.texts.push_back(x.text);
    else if (x.kind == raw_kind::number)
      to.numbers.push_back(x.number);
    else if (x.kind == raw_kind::null)
      to.null = true;
    else if (x.kind == raw_kind::boolean)
      (x.truth ? to.yes : to.no) = true;
  }

  static void sort(filter_set& x) {
    std::sort(x.texts.begin(), x.texts.end());
    std::sort(x.numbers.begin(), x.numbers.end());
  }

  // -- paths ------------------------------------------------------------------------

  std::optional<size_t> path_of(const std::string& name) {
    refuse_nul(name);
    if (name.size() > limits::path_bytes) {
      fail("a path has at most 256 bytes");
      return std::nullopt;
    }
    auto parts = filter_path_parts(name);
    if (parts.size() > limits::path_parts) {
      fail("a path has at most 16 parts");
      return std::nullopt;
    }
    if (parts.size() == 1)
      if (const auto member = path_of_member(parts.front()))
        return member;
    if (parts.size() > 1 && parts.front() == "data") {
      parts.erase(parts.begin());
      return made_->paths_.add({nullptr, std::move(parts)});
    }
    fail("'" + excerpt(name)
         + "' is no path: name a member of data, such as data.total or /data/total, or id, type, "
           "source, companyId, userId, correlationId or causationId");
    return std::nullopt;
  }

  std::optional<size_t> path_of_member(std::string_view name) {
    const auto* found = std::find_if(event_members.begin(), event_members.end(),
                                     [&](const auto& x) { return x.first == name; });
    if (found == event_members.end())
      return std::nullopt;
    return made_->paths_.add({found->second, {}});
  }

  filter_program* made_ = nullptr;
  std::string place_;
  std::optional<failure> fault_;
  size_t operators_ = 0;
};

expected<std::shared_ptr<const filter_program>> compile_filter(std::string text,
                                                               std::string_view field) {
  return filter_compiler{field}.compile(std::move(text));
}

expected<payload_filter> payload_filter::parse(std::string_view json, std::string_view field) {
  if (json.size() > limits::bytes)
    return failure{ec::invalid_argument, "the filter has more than 8192 bytes", std::string{field}};
  if (auto checked = parse_strict_object(json, filter_json_depth); !checked)
    return failure{ec::invalid_argument, "the filter is no JSON object: " + checked.error().detail,
                   std::string{field}};
  auto text = without_blanks(json);
  payload_filter out;
  if (text == "{}")
    return out;
  auto program = compile_filter(std::move(text), field);
  if (!program)
    return program.error();
  out.program_ = std::move(*program);
  return out;
}

bool payload_filter::matches(const filter_subject& x) const {
  return program_ == nullptr || program_->matches(x);
}

const std::string& payload_filter::text() const noexcept {
  static const std::string everything = "{}";
  return program_ == nullptr ? everything : program_->text();
}

payload_filter both(const payload_filter& a, const payload_filter& b) {
  if (a.is_everything() || a == b)
    return b;
  if (b.is_everything())
    return a;
  payload_filter out;
  out.program_ = std::make_shared<const filter_program>(a.program_, b.program_);
  return out;
}

} // namespace carillon
