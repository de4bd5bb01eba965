#pragma once

#include "messages/codec/described.hpp"
#include "messages/consumers/handler.hpp"

#include <exception>
#include <stdexcept>
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

/// A handler of effects made of `fn(const T&, const event&, effects&)`. Events of another type, or
/// whose data does not decode, fail.
template <class T, class F>
class typed_effect_handler final : public effect_handler {
public:
  /// Keeps `fn`, which is called by one thread at a time.
  explicit typed_effect_handler(F fn) : fn_(std::move(fn)) {
  }

  void handle(const event& x, effects& out) override {
    auto decoded = decode<T>(x.data);
    if (!decoded)
      throw std::runtime_error(decoded.error().detail);
    fn_(*decoded, x, out);
  }

private:
  F fn_;
};

} // namespace carillon
