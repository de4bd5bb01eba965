#pragma once

#include "persistence/segments/compression.hpp"
#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/recovery.hpp"
#include "persistence/segments/segment_reader.hpp"
#include "persistence/segments/segment_writer.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace carillon::segments {

/// How a log is opened.
struct segment_options {
  enum class access : uint8_t { read, write };

  /// `read` changes no file: an unfinished end is ignored, and there must be a log. What the newest
  /// file has is synced before it is shown: the process that writes may not have come to it.
  access how = access::write;
  /// Length of a file; a larger group gets a file of its own length. 64 KiB – 1 GiB.
  uint64_t segment_bytes = 64UL * 1024 * 1024;
  /// Of a new log; one is made if it is empty.
  std::string history;
  /// `maintain` compresses sealed files. Compressed ones are read in any case.
  bool compresses = false;
  /// First position of a new log.
  position first = 1;
  /// A position that others know to be acknowledged, e.g. that of a cursor. A log that ends before
  /// is damaged.
  position at_least = 0;
};

/// The log as a directory of segment files: opens it, has its writer, makes readers. The caller
/// sees to it that one process writes at a time.
class segment_store {
public:
  /// Opens, recovers, or makes a log. The newest segment is read as a whole, of sealed ones the
  /// header and the seal. The last frame is written and synced once more before anybody sees it:
  /// the process before may have died between its write and its sync. Errors: `store_corrupt` with
  /// position and file, `store_too_new`, `store_unavailable`; `not_found` without a log for `read`.
  static expected<std::unique_ptr<segment_store>> open(std::shared_ptr<file_layer> files,
                                                       segment_options options, timestamp now);

  /// For one thread. Only if it was opened for writing.
  segment_writer& writer() noexcept {
    return *writer_;
  }

  /// A reader for one thread; it may outlive the store.
  segment_reader reader() const {
    return segment_reader{log_};
  }

  /// Any thread may ask it.
  const segment_list& log() const noexcept {
    return *log_;
  }

  const recovery_report& recovery() const noexcept {
    return report_;
  }

  /// Of the newest segment when the log was opened; `writer().history()` knows of changes.
  const std::string& history() const noexcept {
    return history_;
  }

  /// Of a log that was opened for reading: sees what another process has appended, ended or put in
  /// the place of its newest file since, and reads no more than that. Any thread. Errors: as
  /// `open`; the log is then seen as before.
  expected<void> refresh();

  /// Work that no commit should wait for: makes a spare file, seals segments that are full, and
  /// compresses some of one that is sealed. To be called often (every second, or after 32 MiB of
  /// appends) by one thread, beside the writer and readers; costs nothing if there is nothing to
  /// do. Errors: `store_unavailable`, `store_corrupt`; the next call tries again.
  expected<void> maintain();

private:
  segment_store(std::shared_ptr<file_layer> files, segment_options options);

  expected<void> recover();
  expected<segment_ptr> open_one(position first, position next, const segment* before);
  expected<segment_ptr> look_again(const segment_ptr& known, position next);
  expected<void> settle(segment& newest, const scan_result& x);
  expected<void> make_first(timestamp now);
  failure ends_too_soon(position head) const;
  expected<void> seal_next();
  expected<void> pack_some();

  bool writes() const noexcept {
    return options_.how == segment_options::access::write;
  }

  std::shared_ptr<file_layer> files_;
  segment_options options_;
  std::shared_ptr<segment_list> log_ = std::make_shared<segment_list>();
  std::shared_ptr<segment_maker> maker_;
  std::unique_ptr<segment_writer> writer_;
  recovery_report report_;
  std::string history_;
  std::mutex refreshing_;
  /// Segments of the list that `maintain` knows to be sealed.
  size_t sealed_ = 0;
  std::unique_ptr<segment_packer> packer_;
  /// Files that begin before it are compressed, or stay as they are.
  position packed_to_ = 0;
};

} // namespace carillon::segments
