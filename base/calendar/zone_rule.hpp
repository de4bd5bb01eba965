#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace carillon {

/// From this moment on, local time is UTC plus `offset`.
struct zone_change {
  std::chrono::sys_seconds at;
  std::chrono::seconds offset{0};
};

/// The rule by which a zone goes on after the changes that its file lists: POSIX's `TZ`, with the
/// extensions of RFC 8536 section 3.3.1, e.g. `CET-1CEST,M3.5.0,M10.5.0/3`.
class zone_rule {
public:
  /// Empty for a text that is none.
  static std::optional<zone_rule> parse(std::string_view text);

  /// Offset outside of the summer time, and of a zone without one.
  std::chrono::seconds standard() const noexcept {
    return standard_;
  }

  /// The changes of a year, in their order; none without a summer time.
  std::vector<zone_change> changes_in(std::chrono::year x) const;

private:
  /// A day of each year, and the local time of the change on it.
  struct day_rule {
    enum class kind : uint8_t {
      /// `Jn`: 1–365, without a leap day.
      julian,
      /// `n`: 0–365, with leap days.
      zero_based,
      /// `Mm.w.d`: the w-th weekday d of month m, the last one for w = 5.
      weekday,
    };

    kind of = kind::weekday;
    unsigned day = 0;
    unsigned week = 0;
    unsigned month = 1;
    /// From midnight, −167 h to 167 h.
    std::chrono::seconds time{std::chrono::hours{2}};

    std::chrono::sys_days in(std::chrono::year x) const;
  };

  class reader;

  std::chrono::seconds standard_{0};
  std::chrono::seconds summer_{0};
  bool has_summer_ = false;
  day_rule begin_;
  day_rule end_;
};

} // namespace carillon
