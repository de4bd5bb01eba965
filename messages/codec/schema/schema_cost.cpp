#include "messages/codec/schema/schema_cost.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr size_t max_counted_schemas = 10'000;
constexpr size_t max_ways = 256;
/// Each level is a nested call while an event is checked.
constexpr size_t max_levels = 200;

failure too_costly(const std::string& detail) {
  return {ec::invalid_argument, excerpt(detail, 300), "schema"};
}

} // namespace

expected<void> schema_appraiser::appraise(const schema_node& x, const std::string& path) {
  auto out = of(x, path);
  return out ? expected<void>{} : expected<void>{out.error()};
}

expected<void> schema_appraiser::add(cost& to, const schema_node* part, bool same_value,
                                     const std::string& path) {
  if (part == nullptr)
    return {};
  auto x = of(*part, path);
  if (!x)
    return x.error();
  to.schemas += x->schemas;
  to.ways += same_value ? x->ways : 0;
  to.levels = std::max(to.levels, x->levels + 1);
  if (to.schemas > max_counted_schemas || to.ways > max_ways || to.levels > max_levels)
    return too_costly("the schema is too costly to check");
  return {};
}

expected<schema_appraiser::cost> schema_appraiser::of(const schema_node& x,
                                                      const std::string& path) {
  auto [i, is_new] = known_.try_emplace(&x);
  if (!is_new) {
    if (!i->second)
      return too_costly("recursive schemas are not supported: " + path + " refers to itself");
    return *i->second;
  }
  std::vector<const schema_node*> same{x.reference, x.negated, x.condition, x.consequence,
                                       x.alternative};
  for (const auto* all : {&x.all_of, &x.any_of, &x.one_of})
    same.insert(same.end(), all->begin(), all->end());
  std::vector<const schema_node*> parts{x.items, x.contains, x.additional, x.property_names};
  parts.insert(parts.end(), x.prefix.begin(), x.prefix.end());
  for (const auto& y : x.properties)
    parts.push_back(y.node);
  for (const auto& y : x.pattern_properties)
    parts.push_back(y.node);
  cost out;
  for (auto [all, same_value] : {std::pair{&same, true}, std::pair{&parts, false}})
    for (const auto* part : *all)
      if (auto added = add(out, part, same_value, path); !added)
        return added.error();
  i->second = out;
  return out;
}

} // namespace carillon
