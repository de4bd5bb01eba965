#include "net/admin/type_hints.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace carillon::admin {

namespace {

/// Largest edit distance of a typing error.
constexpr size_t most_slips = 2;

size_t distance(std::string_view x, std::string_view y) {
  std::vector<size_t> row(y.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= x.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= y.size(); ++j) {
      auto replaced = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

/// The pattern of the same form that matches this type; empty if there is none.
std::string like(const type_pattern& pattern, const std::string& type) {
  if (pattern.prefix().empty())
    return type;
  auto dots = std::count(pattern.prefix().begin(), pattern.prefix().end(), '.');
  size_t at = 0;
  for (; dots > 0; --dots) {
    at = type.find('.', at);
    if (at == std::string::npos)
      return {};
    ++at;
  }
  return type.substr(0, at) + '*';
}

std::string nearest(const type_pattern& pattern, const std::vector<type_info_ptr>& types) {
  std::string out;
  auto best = most_slips + 1;
  for (const auto& x : types) {
    auto candidate = like(pattern, x->name);
    if (candidate.empty())
      continue;
    if (auto slips = distance(pattern.text(), candidate); slips < best) {
      best = slips;
      out = candidate;
    }
  }
  return out;
}

} // namespace

std::vector<std::string> type_warnings(const std::vector<type_pattern>& patterns,
                                       const type_registry& types) {
  std::vector<std::string> out;
  const auto known = types.list();
  for (const auto& pattern : patterns) {
    if (pattern.is_everything() || std::any_of(known.begin(), known.end(), [&](const auto& x) {
          return pattern.matches(x->name);
        }))
      continue;
    auto text = "no known event type matches " + pattern.text();
    if (auto meant = nearest(pattern, known); !meant.empty())
      text += "; is " + meant + " meant?";
    out.push_back(std::move(text));
  }
  return out;
}

} // namespace carillon::admin
