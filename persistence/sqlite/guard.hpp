#pragma once

#include "base/failure.hpp"
#include "persistence/sqlite/log_cursor.hpp"

#include <SQLiteCpp/Exception.h>

#include <exception>
#include <string>
#include <utility>

namespace carillon::sqlite {

/// The failure for the callers of a failed statement: `store_unavailable`, in words without SQL or
/// paths.
failure to_failure(const SQLite::Exception& x);

/// For all other exceptions, e.g. `std::bad_alloc`.
failure to_failure(const std::exception& x);

/// True if the file itself is at fault.
bool is_damage(const SQLite::Exception& x) noexcept;

/// Calls `f`, which returns an `expected`; exceptions end here.
template <class F>
auto guarded(F&& f) noexcept -> decltype(f()) {
  try {
    return std::forward<F>(f)();
  } catch (const SQLite::Exception& x) {
    return to_failure(x);
  } catch (const log_fault& x) {
    return x.why();
  } catch (const std::exception& x) {
    return to_failure(x);
  }
}

} // namespace carillon::sqlite
