#include "messages/codec/json_sax.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <random>

namespace carillon {

namespace {

/// Most names that are compared one by one; beyond it a set is used.
constexpr size_t few_names = 24;

/// True for a number beyond the range of a double that is too large, not too small.
bool is_huge(std::string_view text) noexcept {
  auto e = std::min(text.find_first_of("eE"), text.size());
  auto mantissa = text.substr(0, e);
  int exponent = 0;
  if (e < text.size()) {
    auto digits = text.substr(e + 1);
    bool negative = digits.front() == '-';
    if (negative || digits.front() == '+')
      digits.remove_prefix(1);
    auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc{})
      return !negative;
    exponent = negative ? -exponent : exponent;
  }
  auto point = std::min(mantissa.find('.'), mantissa.size());
  auto first = std::min(mantissa.find_first_of("123456789"), mantissa.size());
  return int64_t{exponent} + static_cast<int64_t>(point) > static_cast<int64_t>(first);
}

} // namespace

json_kind number_kind(std::string_view text) noexcept {
  bool integral = text.find_first_of(".eE") == std::string_view::npos;
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (integral) {
    int64_t value = 0;
    auto [rest, error] = std::from_chars(begin, end, value);
    if (error == std::errc{} && rest == end)
      return json_kind::integer;
  }
  double value = 0.0;
  auto [rest, error] = std::from_chars(begin, end, value);
  // Underflow to zero is harmless, overflow is not: no store or peer could keep the value.
  bool fits = error == std::errc{} ? rest == end && std::isfinite(value)
                                   : error == std::errc::result_out_of_range && !is_huge(text);
  return fits ? json_kind::number : json_kind::null;
}

json_guard::json_guard() : salt_(std::random_device{}()) {
}

void json_guard::reset() noexcept {
  frames_.clear();
  names_.clear();
  // Clearing it costs as much as its largest size ever, even if it is empty.
  if (!many_.empty())
    many_.clear();
}

uint64_t json_guard::salted(uint64_t hash) const noexcept {
  return (hash ^ salt_) * 0x9e37'79b9'7f4a'7c15ULL + frames_.size();
}

bool json_guard::open(bool is_object) {
  if (frames_.size() >= event_limits::json_depth)
    return false;
  frames_.push_back({names_.size(), is_object});
  return true;
}

bool json_guard::name(std::string_view x) {
  auto hash = static_cast<uint64_t>(std::hash<std::string_view>{}(x));
  auto first = names_.begin() + static_cast<std::ptrdiff_t>(frames_.back().first);
  auto count = static_cast<size_t>(names_.end() - first);
  if (count < few_names) {
    if (std::find(first, names_.end(), hash) != names_.end())
      return false;
  } else {
    if (count == few_names)
      for (auto i = first; i != names_.end(); ++i)
        many_.insert(salted(*i));
    if (!many_.insert(salted(hash)).second)
      return false;
  }
  names_.push_back(hash);
  return true;
}

void json_guard::close() {
  auto& last = frames_.back();
  auto count = names_.size() - last.first;
  if (count >= few_names)
    for (auto i = last.first; i < names_.size(); ++i)
      many_.erase(salted(names_[i]));
  names_.resize(last.first);
  frames_.pop_back();
}

} // namespace carillon
