#pragma once

#include "messages/events/filter_group.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace carillon {

/// The filters of a company's webhooks, in groups that are looked at together. What leaves makes
/// room: others join there, and a group that few are left of gives them to the rest, so there are
/// about as few groups as the filters need. One thread.
class webhook_filters {
public:
  struct group;

  /// The filter of one webhook. It stays where it is while it is added.
  struct member {
    payload_filter filter;
    /// The filter as groups take it; null if it selects everything, or no group can have it.
    std::shared_ptr<const filter_program> program;
    /// Where it is; null if it is not added, or has no program.
    group* among = nullptr;
    size_t place = 0;

    /// Only of one that is not added. A filter that it has already is not compiled again.
    void set(const payload_filter& x);

    /// The number of its group; 0 without one.
    uint64_t number() const noexcept;
  };

  struct group {
    /// Not 0.
    uint64_t number = 0;
    filter_group filters;
    /// By their places; null where nobody is.
    std::vector<member*> members;
  };

  /// Adds a filter that is not added.
  void add(member& x);

  /// Takes a filter out, if it is added. Others may change their places.
  void drop(member& x);

  /// Most passes over an event for all filters.
  size_t groups() const noexcept {
    return all_.size();
  }

private:
  bool join(member& x, const group* but);
  void empty_into_others(group& from);

  std::vector<std::unique_ptr<group>> all_;
  uint64_t last_ = 0;
};

} // namespace carillon
