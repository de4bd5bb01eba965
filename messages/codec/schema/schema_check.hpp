#pragma once

#include "base/failure.hpp"
#include "messages/codec/payload_view.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace carillon {

/// Most steps of a check, see `schema_checker`: about 10 ms, since an event loop waits for it. An
/// event of 256 KiB with a typical schema needs a tenth to a half of them.
inline constexpr size_t max_schema_steps = 250'000;

/// Steps for an event of this many bytes: small events get less, as many of them come at once.
constexpr size_t schema_steps(size_t bytes) noexcept {
  return std::min(max_schema_steps, 20'000 + 30 * std::min(bytes, max_schema_steps));
}

/// Makes a check from a JSON Schema of at most 64 KiB, see `compile_schema`. The check rejects an
/// event that needs more than `schema_steps` with `too_large`. Errors: `invalid_argument`, field
/// `schema`.
expected<std::function<expected<void>(const payload_view&)>>
make_schema_check(std::string_view schema);

} // namespace carillon
