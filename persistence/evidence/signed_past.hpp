#pragma once

#include "base/failure.hpp"
#include "base/merkle/signed_note.hpp"
#include "base/time.hpp"
#include "persistence/state/state_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// What the node knows to have signed before, from places that somebody who can only write the
// database cannot change: a file beside the key, and the sealed audit log.

/// A head that every later tree has to continue.
struct past_head {
  uint64_t size = 0;
  tree_hash root{};
  /// Who says so, e.g. `row 7 of the audit log`.
  std::string by;
  /// The file that says so, which a new tree has to remove; empty = no file does.
  std::string file = {};
};

/// The file with the head that was signed last, a signed note: `evidence.head`, mode 0600.
class head_file {
public:
  static constexpr std::string_view file_name = "evidence.head";

  explicit head_file(std::string path) : path_(std::move(path)) {
  }

  /// Empty if there is no file. Errors: `store_corrupt`: it is no checkpoint; `store_unavailable`.
  expected<std::optional<past_head>> read() const;

  /// Replaces it, durably. Errors: `store_unavailable`, with the path; for operators only.
  expected<void> write(std::string_view note) const;

  /// Removes it, if it is there. Errors: `store_unavailable`.
  expected<void> remove() const;

private:
  std::string path_;
};

/// The newest row of the audit log that tells a signed head.
struct recorded_head {
  past_head head;
  timestamp time;
};

/// Empty if no row tells one, or the tree was begun anew after it. Errors: `store_corrupt`: a row
/// is not one that the node wrote; `store_unavailable`.
expected<std::optional<recorded_head>> recorded_head_of(audit_store& audit);

/// Everything that is known of the past.
struct signed_past {
  std::vector<past_head> heads;
  /// When a row of the audit log told a head last; empty = never.
  std::optional<timestamp> recorded;
};

/// Reads the file and the audit log; and the newest stored head, if `key` has signed it. Errors:
/// those of the two.
expected<signed_past> read_signed_past(state_store& state, const head_file& file,
                                       const std::optional<note_key>& key);

} // namespace carillon
