#pragma once

#include "base/failure.hpp"
#include "persistence/segments/segment_reader.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <string>

namespace carillon::sqlite {

/// Thrown in this folder when the log cannot be read, and caught where a call ends (`guarded`).
class log_fault : public std::exception {
public:
  explicit log_fault(failure why) : why_(std::move(why)) {
  }

  const failure& why() const noexcept {
    return why_;
  }

  const char* what() const noexcept override {
    return why_.detail.c_str();
  }

private:
  failure why_;
};

/// A log whose positions have no gaps has none at this one.
log_fault no_event_at(position x);

/// Where readers get the log.
struct log_place {
  /// Makes a reader.
  std::function<expected<segments::segment_reader>()> open;
  /// Sees what another process has appended; empty if this one appends.
  std::function<expected<void>()> refresh = {};
  /// Told what is wrong with a file, for the operator. May be empty.
  std::function<void(const std::string&)> tell;
};

/// The log as one thread reads it, at any position; steps in one direction cost least. Calls throw
/// log_fault.
class log_cursor {
public:
  explicit log_cursor(log_place place);

  /// The record at a position, valid until the next call; null if there is none.
  const segments::record_view* at(position x);

  /// What a log that may be damaged has at a position.
  struct look {
    /// As of `at`; null if it is damaged.
    const segments::record_view* event = nullptr;
    bool is_damaged = false;
  };

  /// As `at`, but damage is an answer.
  look look_at(position x);

  /// Last position.
  position head();

  /// The first position that still exists.
  position first();

  /// Sees what another process has appended by now.
  void refresh();

private:
  segments::segment_reader& reader();

  log_place place_;
  std::optional<segments::segment_reader> reader_;
};

} // namespace carillon::sqlite
