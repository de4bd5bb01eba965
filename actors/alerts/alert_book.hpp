#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// What a look at one thing says.
struct alert_reading {
  /// The thing, e.g. a consumer; empty if there is one only.
  std::string subject = {};
  int64_t value = 0;
  int64_t threshold = 0;
  /// The threshold is reached.
  bool over = false;
  /// It is well below; between the two nothing begins or ends.
  bool clear = false;
  /// One sentence.
  std::string message = {};
};

/// An alert that begins, or ends.
struct alert_change {
  /// The kind of alert, e.g. `consumer_lag`.
  std::string alert;
  alert_reading reading;
  bool begun = false;
  timestamp since;
};

/// Decides which alerts begin and end, so that each crossing is told once: two looks in a row have
/// to say it, the ends of a threshold differ, and the same alert does not begin again within a
/// pause. Plain logic.
class alert_book {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Alerts that are open or about to be; further ones are left out.
  static constexpr size_t max_alerts = 256;
  /// Looks in a row that have to say the same.
  static constexpr unsigned looks = 2;

  explicit alert_book(std::chrono::milliseconds pause) : pause_(pause) {
  }

  /// Takes all readings of a kind. Things that have none any more are clear.
  /// @param wall,now the same moment by both clocks
  std::vector<alert_change> take(const std::string& alert, std::vector<alert_reading> readings,
                                 timestamp wall, time_point now);

  size_t size() const noexcept {
    return entries_.size();
  }

private:
  /// Kind and subject.
  using key = std::pair<std::string, std::string>;

  struct entry {
    unsigned over = 0;
    unsigned clear = 0;
    bool open = false;
    timestamp since = {};
    time_point not_before = time_point::min();
    bool seen = false;
  };

  void look(const std::string& alert, alert_reading x, timestamp wall, time_point now,
            std::vector<alert_change>& out);

  std::chrono::milliseconds pause_;
  std::map<key, entry> entries_;
};

} // namespace carillon
