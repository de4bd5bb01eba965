#pragma once

#include "base/time.hpp"
#include "net/admin/admin_port.hpp"
#include "net/admin/break_glass_book.hpp"

#include <atomic>
#include <mutex>

namespace carillon::admin {

/// State shared by all requests. Thread-safe; outlives them.
struct context {
  context(admin_port_options x, admin_port_backend y)
    : options(std::move(x)), backend(std::move(y)) {
  }

  /// Log readers take turns.
  const log_reader_actor& reader() {
    auto turn = next_reader_.fetch_add(1, std::memory_order_relaxed);
    return backend.readers[turn % backend.readers.size()];
  }

  const admin_port_options options;
  const admin_port_backend backend;
  const timestamp started_at = wall_clock_now();
  /// Serializes changes of keys and of types, so that memory and store see them in the same order.
  std::timed_mutex changing_keys;
  std::timed_mutex changing_types;
  /// Registrations by tokens of the portal, so that none goes past the limit of its company.
  std::timed_mutex registering;
  break_glass_book break_glass;

private:
  std::atomic<size_t> next_reader_{0};
};

} // namespace carillon::admin
