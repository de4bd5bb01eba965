#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "persistence/storage.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace carillon {

/// Stage of a copy.
enum class copy_stage : uint8_t { events, state, files, verification };

/// Progress of a stage: events, rows, files, or nothing (verification).
struct copy_progress {
  copy_stage stage = copy_stage::events;
  uint64_t done = 0;
  uint64_t total = 0;
};

struct copy_request {
  /// A data directory (`sqlite://…`) that no node uses.
  std::string from;
  /// Options of the database (`postgresql://…`), and the directory of the new node's files; empty
  /// or the source's own = files stay where they are.
  storage_options to;
  /// Events that are copied in one transaction.
  size_t events_at_a_time = 20'000;
};

/// The copied data, found equal on both sides.
struct copy_report {
  /// Last position.
  position events = 0;
  /// Events up to here had been copied by an earlier attempt.
  position resumed_after = 0;
  uint64_t state_rows = 0;
  uint64_t audit_rows = 0;
  uint64_t files = 0;
  /// Directory of the new node's files.
  std::string directory;
  /// The source has no key file: secrets of webhooks were sealed with a key kept elsewhere.
  bool key_is_elsewhere = false;
};

/// Copies a whole installation: events with their positions, the state, documents, the keys and the
/// text in the ids of mails.
/// Events are copied in several transactions, and another attempt resumes after the last. The
/// state, which may have changed since, is copied in one transaction. No node opens the database
/// before the counts of both sides and the audit chain were compared. Locks both stores against
/// nodes. Errors: `invalid_argument` (URLs), `store_locked`, `conflict` (the database has a store
/// or a copy of another one), `store_corrupt` (the audit chain, or the sides differ),
/// `store_too_new`, `store_unavailable`; the detail is for the operator. An exception of `report`
/// ends the copy.
expected<copy_report> copy_installation(const copy_request& x,
                                        const std::function<void(const copy_progress&)>& report);

} // namespace carillon
