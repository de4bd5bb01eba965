#pragma once

#include "messages/consumer.hpp"
#include "messages/described.hpp"

#include <type_traits>
#include <utility>

namespace carillon {

/// Wraps `fn(const T&, const delivery&)`, which returns nothing or `expected<void>`, as a handler
/// of plain deliveries. An event whose data does not decode fails without a call.
template <class T, class F>
handler_function typed_handler(F fn) {
  return [fn = std::move(fn)](const delivery& x) mutable -> expected<void> {
    auto decoded = decode<T>(x.event->data);
    if (!decoded)
      return decoded.error();
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const T&, const delivery&>>) {
      fn(*decoded, x);
      return {};
    } else {
      return fn(*decoded, x);
    }
  };
}

} // namespace carillon
