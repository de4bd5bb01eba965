#include "messages/json_sax.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace carillon {

namespace {

/// Names that are looked through one by one; past it a set is used.
constexpr size_t few_names = 24;

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
  bool fits = rest == end && (error == std::errc{} || std::abs(value) < 1.0);
  return fits ? json_kind::number : json_kind::null;
}

void json_guard::reset() noexcept {
  frames_.clear();
  names_.clear();
  many_.clear();
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
    // Mixed with the depth, so that one set serves every large object that is open.
    auto salt = frames_.size() * 0x9e37'79b9'7f4a'7c15ULL;
    if (count == few_names)
      for (auto i = first; i != names_.end(); ++i)
        many_.insert(*i ^ salt);
    if (!many_.insert(hash ^ salt).second)
      return false;
  }
  names_.push_back(hash);
  return true;
}

void json_guard::close() {
  auto& last = frames_.back();
  auto count = names_.size() - last.first;
  if (count > few_names) {
    auto salt = frames_.size() * 0x9e37'79b9'7f4a'7c15ULL;
    for (auto i = last.first; i < names_.size(); ++i)
      many_.erase(names_[i] ^ salt);
  }
  names_.resize(last.first);
  frames_.pop_back();
}

} // namespace carillon
