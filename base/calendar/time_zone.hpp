#pragma once

#include "base/calendar/zone_rule.hpp"
#include "base/failure.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A span of time with one offset, `[begin, end)`.
struct zone_span {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  /// Local time minus UTC.
  std::chrono::seconds offset{0};
};

/// What a local time stands for.
struct local_moment {
  enum class kind : uint8_t {
    once,
    /// The clock was set back: it came twice; `at` is the first.
    twice,
    /// The clock was set forward: it did not come; `at` is the moment of the change.
    never,
  };

  kind is = kind::once;
  std::chrono::sys_seconds at;
};

/// A time zone of the IANA database, as the package tzdata has it. Immutable; thread-safe.
class time_zone {
public:
  /// Years are before this one; there are no times beyond.
  static constexpr std::chrono::year last_year{9999};

  /// The zone of this name, e.g. `Europe/Berlin`. `UTC` needs no file. Reads the zone's file the
  /// first time, and keeps it for the life of the process. Thread-safe. Errors: `invalid_argument`
  /// (no such zone), `internal` (its file cannot be read).
  static expected<std::shared_ptr<const time_zone>> find(std::string_view name);

  /// Reads a file in the format TZif, version 2 and later (RFC 8536). Errors: `internal`.
  static expected<std::shared_ptr<const time_zone>> from_file(std::string name,
                                                              std::string_view bytes);

  const std::string& name() const noexcept {
    return name_;
  }

  /// The span that holds this moment.
  zone_span at(std::chrono::sys_seconds x) const;

  local_moment resolve(std::chrono::local_seconds x) const;

private:
  zone_span by_rule(std::chrono::sys_seconds x, std::chrono::sys_seconds from,
                    std::chrono::seconds offset) const;

  std::string name_;
  /// Before the first change.
  std::chrono::seconds first_offset_{0};
  std::vector<zone_change> changes_;
  /// Behind the last change; empty = nothing changes any more.
  std::optional<zone_rule> rule_;
};

using time_zone_ptr = std::shared_ptr<const time_zone>;

} // namespace carillon
