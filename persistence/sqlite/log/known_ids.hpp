#pragma once

#include "messages/events/publish.hpp"
#include "persistence/sqlite/index/id_gaps.hpp"
#include "persistence/sqlite/index/index_reader.hpp"
#include "persistence/sqlite/log/recent_ids.hpp"
#include "persistence/sqlite/log_cursor.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace carillon::sqlite {

/// Tells whether an event is in the log already. Events up to the cursor of index.db are found
/// there, those behind it by a table in memory, which is filled from the log when it is needed and
/// by appends. An index that is too far behind for that (while it is rebuilt) refuses the question:
/// so nothing is new that is in the log. Each hit is compared with the event itself. One thread;
/// calls throw log_fault and SQLite::Exception.
class known_ids {
public:
  /// Most events behind the index whose ids are kept, about 32 MiB.
  static constexpr size_t most_recent = 1'000'000;

  /// @param most_behind `most_recent`; tests have less
  known_ids(connection_options index, std::shared_ptr<index_status> status, log_place log,
            size_t most_behind = most_recent);

  /// Looks the drafts up that are not certainly new (`event::is_id_fresh`), and those before each
  /// of them in the same call. One receipt for each that is there: the first event with its
  /// company, source and id, in the log or, at the position that it will have, in this call. Empty
  /// = new. Throws log_fault with `store_unavailable` while the index is rebuilt,
  /// or has not yet passed an event that is damaged.
  /// @param head last position of the log: the first new draft gets the next
  std::vector<std::optional<receipt>> look_up(std::span<const draft_ptr> drafts, position head);

  /// Events were appended.
  void add(std::span<const event_ptr> appended);

private:
  using receipts_of_known = std::vector<std::optional<receipt>>;

  receipts_of_known answer(std::span<const draft_ptr> drafts, position head, bool with_index);
  void ask_index(std::span<const draft_ptr> drafts);
  void open_index();
  /// Makes the table reach back to the cursor of the index.
  void reach_back(position indexed, position head);
  void fill(position after, position head);
  std::optional<receipt> in_log(const event& draft, uint64_t hash, bool is_indexed);
  std::optional<receipt> in_call(const event& draft, uint64_t hash) const;
  std::optional<receipt> compare(position seq, const event& draft);

  connection_options index_options_;
  std::shared_ptr<index_status> status_;
  size_t most_behind_;
  log_cursor log_;
  std::unique_ptr<index_reader> index_;
  uint64_t generation_ = 0;
  /// All events of positions above `reaches_to_`, up to `added_to_`.
  recent_ids recent_;
  position reaches_to_ = 0;
  position added_to_ = 0;
  bool is_filled_ = false;
  id_gaps gaps_;
  /// Of each draft of the current call: the index has the key of its id.
  std::vector<bool> indexed_;
  /// The new drafts of the current call: the first gets the position after `call_after_`.
  recent_ids call_;
  std::vector<const event*> call_drafts_;
  position call_after_ = 0;
};

} // namespace carillon::sqlite
