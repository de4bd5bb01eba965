#pragma once

#include "messages/codec/described.hpp"
#include "messages/consumers/handler.hpp"

#include <exception>
#include <type_traits>
#include <utility>

namespace carillon {

/// Wraps `fn(const T&, const delivery&)`, which returns nothing or `expected<void>`, as a handler
/// of plain deliveries. An event whose data does not decode fails without a call. An exception of
/// `fn` becomes `handler_failed` with its text, which is for operators.
template <class T, class F>
handler_function typed_handler(F fn) {
  return [fn = std::move(fn)](const delivery& x) mutable -> expected<void> {
    auto decoded = decode<T>(x.event->data);
    if (!decoded)
      return decoded.error();
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<F&, const T&, const delivery&>>) {
        fn(*decoded, x);
        return {};
      } else {
        return fn(*decoded, x);
      }
    } catch (const std::exception& e) {
      return failure{ec::handler_failed, e.what(), {}};
    } catch (...) {
      return failure{ec::handler_failed, "the handler threw something that is no exception", {}};
    }
  };
}

} // namespace carillon
