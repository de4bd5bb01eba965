#include "actors/workers/key_line.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace carillon {

void key_line::push(const std::string& key, item x) {
  lines_[key].push_back(std::move(x));
  ++size_;
}

key_line::items
key_line::offer(const std::function<bool(const std::string& key, const item& x)>& take,
                const std::function<bool(const std::string& key)>& is_held) {
  items out;
  for (auto i = lines_.begin(); i != lines_.end();) {
    auto& [key, xs] = *i;
    while (!xs.empty() && take(key, xs.front())) {
      xs.pop_front();
      --size_;
    }
    if (!is_held(key)) {
      size_ -= xs.size();
      std::move(xs.begin(), xs.end(), std::back_inserter(out));
      xs.clear();
    }
    i = xs.empty() ? lines_.erase(i) : std::next(i);
  }
  return out;
}

key_line::items key_line::take(const std::string& key) {
  auto found = lines_.extract(key);
  if (found.empty())
    return {};
  size_ -= found.mapped().size();
  return std::move(found.mapped());
}

key_line::items key_line::take_all() {
  items out;
  for (auto& [key, xs] : std::exchange(lines_, {}))
    std::move(xs.begin(), xs.end(), std::back_inserter(out));
  size_ = 0;
  return out;
}

} // namespace carillon
