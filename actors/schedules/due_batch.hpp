#pragma once

#include "messages/events/publish.hpp"
#include "messages/schedules/options.hpp"
#include "messages/schedules/requests.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace carillon {

/// What one look of the SCHEDULER publishes, and what becomes of it in the store. Plain logic.
class due_batch {
public:
  /// Most bytes of events at a time, approximately: a first one is taken whatever its size.
  static constexpr size_t most_bytes = 4UL * 1024 * 1024;

  /// The drafts of one company, which are one call of the router.
  struct call {
    std::string company;
    std::vector<draft_ptr> drafts;
    /// Of each draft: which schedule, or delayed event, of the batch it is of.
    std::vector<size_t> items;
  };

  /// Adds what happens of a schedule now.
  /// @param late_before see `due_of`
  /// @returns false if not all of it fits
  bool add(const schedule_record& x, timestamp now, timestamp late_before,
           const scheduler_options& options);

  /// Adds an event whose time has come. False if it does not fit.
  bool add(const delayed_event& x);

  const std::vector<call>& calls() const noexcept {
    return calls_;
  }

  /// Gives the drafts of a call away.
  std::vector<draft_ptr> take_drafts(size_t at) {
    return std::move(calls_[at].drafts);
  }

  /// A call has ended. If it failed, what it is about stays due.
  void settle(size_t at, const expected<receipts>& result);

  /// What the store is to know when all calls have ended.
  /// @{
  std::vector<schedule_move> moves() const;
  std::vector<settled_delay> delays() const;
  /// @}

private:
  struct item {
    /// Of a schedule.
    std::optional<schedule_move> move;
    uint64_t delayed = 0;
    std::string error;
    bool stays = false;
  };

  call& call_of(const std::string& company);
  void put(const std::string& company, draft_ptr draft, size_t at);
  void judge(item& x, const receipt& y, timestamp time);

  std::vector<item> items_;
  std::vector<call> calls_;
  /// By call: the times of the occurrences of its drafts.
  std::vector<std::vector<timestamp>> times_;
  size_t bytes_ = 0;
};

} // namespace carillon
