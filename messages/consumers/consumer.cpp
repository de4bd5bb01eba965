#include "messages/consumers/consumer.hpp"

#include <algorithm>

namespace carillon {

bool is_consumer_name(std::string_view x) noexcept {
  if (x.empty() || x.size() > 64 || x.front() < 'a' || x.front() > 'z')
    return false;
  return std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

} // namespace carillon
