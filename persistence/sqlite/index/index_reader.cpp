#include "persistence/sqlite/index/index_reader.hpp"

#include <algorithm>

namespace carillon::sqlite {

namespace {

/// Most types of a filter's patterns; with more it is cheaper to scan every event.
constexpr size_t most_types = 64;

bool has_list(const std::optional<std::string>& key) noexcept {
  // Empty keys are not indexed.
  return key && !key->empty();
}

bool names_types(const event_filter& filter) noexcept {
  return !filter.types.empty()
         && std::none_of(filter.types.begin(), filter.types.end(),
                         [](const auto& x) { return x.is_everything(); });
}

} // namespace

bool is_indexed(const event_filter& filter) noexcept {
  return has_list(filter.company_id) || has_list(filter.user_id) || has_list(filter.correlation_id)
         || names_types(filter) || filter.from || filter.to;
}

position index_reader::cursor() {
  auto row = sql_.query(index_query::state);
  return row.next() ? row->number(0) : 0;
}

candidates index_reader::select(const event_filter& filter, sort_order order, position cursor) {
  const bool exact = (!filter.company_id || has_list(filter.company_id))
                     && (!filter.user_id || has_list(filter.user_id))
                     && (!filter.correlation_id || has_list(filter.correlation_id));
  std::optional<std::vector<std::string>> types;
  if (names_types(filter))
    types = types_of(filter);
  candidates result{exact && (types || !names_types(filter))};
  const auto add = [&](posting list, const std::optional<std::string>& key) {
    if (!has_list(key))
      return;
    union_cursor one{order};
    one.add(posting_cursor{pool_, list, *key, order, cursor});
    result.add(std::move(one));
  };
  // The rarest keys first: they advance the goal furthest.
  add(posting::correlation, filter.correlation_id);
  add(posting::user, filter.user_id);
  add(posting::company, filter.company_id);
  if (types) {
    union_cursor all{order};
    for (auto& x : *types)
      all.add(posting_cursor{pool_, posting::type, std::move(x), order, cursor});
    result.add(std::move(all));
  }
  if (filter.from || filter.to)
    result.add(zone_cursor{sql_, filter, order, cursor});
  return result;
}

std::optional<std::vector<std::string>> index_reader::types_of(const event_filter& filter) {
  std::vector<std::string> types;
  for (const auto& pattern : filter.types) {
    if (!pattern.exact().empty()) {
      types.push_back(pattern.exact());
      continue;
    }
    auto end = pattern.prefix();
    ++end.back(); // Everything that begins with the prefix sorts before this.
    auto row = sql_.query(index_query::type_names, std::string_view{pattern.prefix()},
                          std::string_view{end}, most_types + 1);
    while (row.next())
      types.push_back(row->string(0));
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  if (types.size() > most_types)
    return std::nullopt;
  return types;
}

} // namespace carillon::sqlite
