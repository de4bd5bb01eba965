#pragma once

#include "messages/consumers/handler.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace carillon {

/// Deliveries whose key is with a worker that has no credit: those of a key wait one behind the
/// other. Answers no promise itself. Has no bound of its own: the room that a desk announces is
/// one.
class key_line {
public:
  struct item {
    delivery what;
    caf::typed_response_promise<delivery_outcome_ptr> promise;
  };

  /// In the order in which they came.
  using items = std::deque<item>;

  /// @param key not empty
  void push(const std::string& key, item x);

  /// True while something waits with this key.
  bool contains(const std::string& key) const {
    return lines_.contains(key);
  }

  /// Of all keys.
  uint64_t size() const noexcept {
    return size_;
  }

  /// Offers the first of each key, and after each that is taken the next one.
  /// @param take true = it has a worker, and waits no more
  /// @param is_held whether a worker has something of the key
  /// @returns what waits for no worker any more, as its key is with none; the rest goes on waiting
  items offer(const std::function<bool(const std::string& key, const item& x)>& take,
              const std::function<bool(const std::string& key)>& is_held);

  /// What waits with this key; nothing does any more.
  items take(const std::string& key);

  /// What waits, by keys; nothing does any more.
  items take_all();

private:
  std::map<std::string, items> lines_;
  uint64_t size_ = 0;
};

} // namespace carillon
