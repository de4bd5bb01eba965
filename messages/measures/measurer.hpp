#pragma once

#include "messages/measures/cell.hpp"
#include "messages/measures/definition.hpp"
#include "messages/measures/member_scan.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon {

/// Measures events by definitions. An event that no definition is about is not parsed, any other
/// one is parsed once for all of them. One thread.
class measurer {
public:
  /// Receives what an event adds.
  using sink = std::function<void(measure_delta)>;

  measurer() = default;

  /// @param all the definitions from now on
  explicit measurer(measure_records all);

  /// Measures an event by the definitions for which `counts` is true.
  void measure(const event& x, const std::function<bool(const measure_record&)>& counts,
               const sink& out);

private:
  /// A definition that is about a type, and where its members are among those that are scanned.
  struct interest {
    size_t record = 0;
    size_t member = 0;
    /// One more than its place; 0 = not grouped.
    size_t group = 0;
  };

  /// What is to be found in events of a type.
  struct plan {
    std::vector<std::string> pointers;
    std::vector<interest> interests;
  };

  const plan& plan_for(const event& x);

  measure_records records_;
  /// Companies with definitions of their own.
  std::set<std::string, std::less<>> companies_;
  /// By type, and by company if that has definitions.
  std::unordered_map<std::string, plan> plans_;
  std::vector<scanned_member> found_;
};

/// The group of a member: see `other_group`.
std::string group_of(const scanned_member& x);

/// What a value adds to a cell; empty if there is no value.
std::optional<measure_cell> cell_of(const scanned_member& x, const measure_set& wanted);

} // namespace carillon
