// Nanoseconds per event of payload filters: on an event of 4 KiB none may take more than 10 µs. The
// filters and events are the worst that the bounds allow, for each operator and each way to write
// an event, and one of everyday. The last line names the worst of all.

#include "messages/events/filter_group.hpp"
#include "messages/events/payload_filter.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;

namespace {

constexpr size_t event_bytes = 4'096;
constexpr double goal_ns = 10'000;

/// `begin`, then parts as `part(i)` gives them with commas between, as far as 4 KiB have room, then
/// `end`.
std::string filled(const std::string& begin, const std::function<std::string(int)>& part,
                   const std::string& end) {
  auto out = begin;
  for (int i = 0;; ++i) {
    const auto next = (i == 0 ? "" : ",") + part(i);
    if (out.size() + next.size() + end.size() > event_bytes)
      return out + end;
    out += next;
  }
}

std::string text_of(size_t bytes, const std::string& unit) {
  std::string out;
  while (out.size() + unit.size() <= bytes)
    out += unit;
  return out;
}

/// Two letters, other ones for each number below 3,844.
std::string short_name(int i) {
  static const std::string letters
    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const auto n = static_cast<size_t>(i);
  return {letters[n % letters.size()], letters[n / letters.size() % letters.size()]};
}

// -- events -------------------------------------------------------------------------

/// An order with items, until it has 4 KiB.
std::string everyday() {
  return filled(
    R"({"orderId":"o-4711","currency":"EUR","total":129.50,"customer":{"id":"u-17","name":"Zoë"},"items":[)",
    [](int i) {
      return R"({"sku":"sku-)" + std::to_string(i) + R"(","quantity":2,"price":12.50})";
    },
    R"(],"status":"new"})");
}

/// As many members as fit, whose names have the length of those in the filter.
std::string short_members() {
  return filled(
    "{", [](int i) { return '"' + short_name(i) + "\":0"; }, "}");
}

/// The same with names of escapes.
std::string escaped_names() {
  return filled(
    "{",
    [](int i) {
      const auto name = short_name(i);
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(name[0]));
      return '"' + std::string{escape.data()} + name[1] + "\":0";
    },
    "}");
}

std::string blanks() {
  return filled(
    "{", [](int i) { return " \n\t\"" + short_name(i) + "\" : 0 "; }, " }");
}

std::string numbers_list() {
  return filled(R"({"m":[)", [](int) { return std::string{"0"}; }, R"(],"n":1})");
}

/// Lists and texts in turn, whose lengths nobody can foresee.
std::string mixed_list() {
  return filled(R"({"m":[)",
                [](int i) {
                  static const std::vector<std::string> parts{"0",      "[]",   R"("")",   "{}",
                                                              R"("]")", "[[]]", R"("\"")", "17"};
                  return parts[static_cast<size_t>(i * i + i / 3) % parts.size()];
                },
                R"(],"n":1})");
}

std::string nested_lists() {
  return filled(R"({"m":[[[[[[[[[[[[[[)", [](int) { return std::string{"[]"}; },
                R"(1]]]]]]]]]]]]]],"n":1})");
}

/// One text of escapes.
std::string escapes(const std::string& unit) {
  return R"({"m":")" + text_of(event_bytes - 10, unit) + "\"}";
}

/// One number of 4 KiB.
std::string long_number(const std::string& begin, char digit) {
  return R"({"m":)" + begin + std::string(event_bytes - 8 - begin.size(), digit) + "1}";
}

// -- filters ------------------------------------------------------------------------

using condition = std::function<std::string(size_t)>;

/// `n` operators, each about a member of its own that no event has, or that comes last.
std::string about_many(size_t n, const condition& of) {
  std::string out = "{";
  for (size_t i = 0; i < n; ++i)
    out += (i == 0 ? "\"data." : ",\"data.") + short_name(static_cast<int>(3'800 - i))
           + "\":" + of(i);
  return out + "}";
}

/// `n` conditions about one member, within `$or`.
std::string about_one(size_t n, const condition& of) {
  std::string out = R"({"$or":[)";
  for (size_t i = 0; i < n; ++i)
    out += (i == 0 ? "{\"data.m\":" : ",{\"data.m\":") + of(i) + "}";
  return out + "]}";
}

/// Filters within each other, with 64 operators on the way.
std::string deep() {
  std::string out = R"({"data.m":{"$ne":1}})";
  for (int i = 0; i < 7; ++i) {
    std::string with;
    for (int j = 0; j < 8; ++j)
      with += R"(,{"data.)" + short_name(1'000 + i * 10 + j) + R"(":1})";
    out = (i % 2 == 0 ? R"({"$or":[)" : R"({"$and":[)") + out + with + "]}";
  }
  return out;
}

/// Thousands of filters that say nothing.
std::string empty_filters() {
  std::string out = R"({"$and":[)";
  for (int i = 0; i < 25; ++i) {
    out += (i == 0 ? "" : ",") + std::string{R"({"$and":[{})"};
    for (int j = 1; j < 100 && out.size() < 7'900; ++j)
      out += ",{}";
    out += "]}";
  }
  return out + "]}";
}

std::string list_of(size_t n, const condition& of) {
  std::string out = "[";
  for (size_t i = 0; i < n; ++i)
    out += (i == 0 ? "" : ",") + of(i);
  return out + "]";
}

// -- runs -----------------------------------------------------------------------------

void run(benchmark::State& state, const std::string& filter, const std::string& data) {
  const auto x = payload_filter::parse(filter);
  if (!x) {
    state.SkipWithError((x.error().detail + ", at " + x.error().field).c_str());
    return;
  }
  const filter_subject subject{.type = "order.created", .company_id = "c-1", .data = data};
  for (auto _ : state)
    benchmark::DoNotOptimize(x->matches(subject));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * data.size()));
}

/// As many endpoints of one company, each with a filter of its own about the same members.
void run_group(benchmark::State& state) {
  filter_group group;
  std::vector<size_t> places;
  for (size_t i = 0; i < filter_group::most_filters; ++i)
    places.push_back(*group.add(*payload_filter::parse(
      R"({"data.total":{"$gt":)" + std::to_string(i) + R"(},"data.status":"new"})")));
  const auto data = everyday();
  filter_values found;
  for (auto _ : state) {
    group.look_at({.type = "order.created", .data = data}, found);
    for (const auto place : places)
      benchmark::DoNotOptimize(group.matches(place, found));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * places.size()));
}

void add(const std::string& name, const std::string& filter, const std::string& data) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) { run(state, filter, data); });
}

/// Operators with what costs most to compare, on many members and on one.
void add_operators() {
  const std::vector<std::pair<std::string, condition>> all{
    {"eq", [](size_t) { return std::string{R"({"$eq":0.5})"}; }},
    {"ne", [](size_t) { return std::string{R"({"$ne":0.5})"}; }},
    {"gt", [](size_t) { return std::string{R"({"$gt":0.5})"}; }},
    {"gte", [](size_t) { return std::string{R"({"$gte":0.5})"}; }},
    {"lt", [](size_t) { return std::string{R"({"$lt":-0.5})"}; }},
    {"lte", [](size_t) { return std::string{R"({"$lte":-0.5})"}; }},
    {"in",
     [](size_t n) {
       return R"({"$in":)" + list_of(12, [n](size_t i) { return std::to_string(n + i) + ".5"; })
              + "}";
     }},
    {"nin",
     [](size_t n) {
       return R"({"$nin":)" + list_of(12, [n](size_t i) { return std::to_string(n + i) + ".5"; })
              + "}";
     }},
    {"exists", [](size_t) { return std::string{R"({"$exists":false})"}; }},
    {"startsWith", [](size_t) { return R"({"$startsWith":")" + std::string(60, 'x') + "\"}"; }},
    {"endsWith", [](size_t) { return R"({"$endsWith":")" + std::string(60, 'x') + "\"}"; }},
    {"not", [](size_t) { return std::string{R"({"$not":{"$gt":0.5}})"}; }},
  };
  for (const auto& [name, of] : all) {
    // A $not counts beside what it is about, as each filter of a list does not.
    const size_t n = name == "not" ? 32 : 64;
    add("operator/" + name + "/many", about_many(n, of), short_members());
    add("operator/" + name + "/one", about_one(n - 1, of),
        R"({"m":0,)" + short_members().substr(1));
  }
}

void add_worst() {
  const auto is_one = [](size_t) { return std::string{"1"}; };
  const auto sixty_four = about_many(64, is_one);
  add("worst/short_members", sixty_four, short_members());
  add("worst/escaped_names", sixty_four, escaped_names());
  add("worst/blanks", sixty_four, blanks());
  add("worst/far_item", R"({"data.m.999999":1,"data.n":1})", numbers_list());
  add("worst/mixed_items", R"({"data.m.999999":1,"data.n":1})", mixed_list());
  add("worst/skipped_mixed", R"({"data.n":1})", mixed_list());
  add("worst/nested_lists", R"({"data.m.0.0.0.0.0.0.0.0.0.0.0.0.0.9999":1,"data.n":1})",
      nested_lists());
  add("worst/deep_64", deep(), R"({"m":1,)" + short_members().substr(1));
  add("worst/empty_filters", empty_filters(), short_members());
  const auto prefix = [](size_t) { return R"({"$startsWith":")" + std::string(90, 'x') + "\"}"; };
  add("worst/unicode_escapes", about_one(63, prefix), escapes("\\u00e4"));
  add("worst/short_escapes", about_one(63, prefix), escapes("\\\""));
  const auto above = [](size_t) { return R"({"$gt":0.)" + std::string(490, '7') + "9}"; };
  add("worst/digits", about_one(15, above), long_number("0.", '7'));
  add("worst/zeros", about_one(63, [](size_t) { return std::string{R"({"$lt":-1})"}; }),
      long_number("0.", '0'));
  add("worst/exponent", about_one(63, [](size_t) { return std::string{R"({"$lt":-1})"}; }),
      long_number("1e", '0'));
}

/// Remembers the slowest one.
class worst_of : public benchmark::ConsoleReporter {
public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& x : runs) {
      if (x.error_occurred || x.benchmark_name() == "group_of_256")
        continue;
      if (const auto ns = x.GetAdjustedCPUTime(); ns > ns_) {
        ns_ = ns;
        name_ = x.benchmark_name();
      }
    }
    ConsoleReporter::ReportRuns(runs);
  }

  void print() const {
    std::printf("worst of all: %s, %.1f µs of %.0f\n", name_.c_str(), ns_ / 1'000, goal_ns / 1'000);
  }

private:
  double ns_ = 0;
  std::string name_;
};

} // namespace

int main(int argc, char** argv) {
  add("everyday", R"({"data.total":{"$gt":100},"data.status":"new"})", everyday());
  add("envelope_only", R"({"type":{"$startsWith":"order."}})", everyday());
  add("first_members", R"({"data.orderId":{"$startsWith":"o-"}})", everyday());
  add("missing_member", R"({"data.none":1})", everyday());
  add("item_of_a_list", R"({"data.items.59.price":{"$lt":1}})", everyday());
  add_operators();
  add_worst();
  benchmark::RegisterBenchmark("group_of_256", run_group);
  benchmark::Initialize(&argc, argv);
  worst_of reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print();
  return 0;
}
