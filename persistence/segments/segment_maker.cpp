#include "persistence/segments/segment_maker.hpp"

#include "persistence/segments/compression.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/format/bytes.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

/// Under this name a file gets its header.
constexpr const char* new_name = "new.tmp";
/// Under this name the spare file is filled.
constexpr const char* filling_name = "filling.tmp";
/// On a small or full disk a file is made shorter, but no shorter than this.
constexpr uint64_t least_segment_bytes = 1024UL * 1024;
/// A file that is made when there is no spare one is this long, since a commit waits for its zeros:
/// the first of a log, and others.
constexpr uint64_t first_filled_bytes = 1024UL * 1024;
constexpr uint64_t filled_bytes = 4UL * 1024 * 1024;
constexpr size_t fill_bytes = 256UL * 1024;
/// Zeros of a spare file that may wait for the disk at a time: commits wait behind them.
constexpr uint64_t unsynced_fill_bytes = 1024UL * 1024;

} // namespace

segment_maker::segment_maker(std::shared_ptr<file_layer> files, uint64_t bytes)
  : files_(std::move(files)), bytes_(bytes) {
}

expected<void> segment_maker::reserve(uint64_t least_bytes, bool is_first) {
  reserved_.reset();
  if (const int error = take_or_reserve(least_bytes, is_first, reserved_); error != 0) {
    reserved_.reset();
    files_->remove(new_name);
    return disk_failure(error);
  }
  return {};
}

expected<segment_ptr> segment_maker::make(const segment_wish& x) {
  if (!reserved_)
    if (auto room = reserve(x.least_bytes, x.first == 1); !room)
      return room.error();
  const auto made = std::shared_ptr<file>{std::move(reserved_)};
  const auto length = made->size();
  if (length < 0)
    return disk_failure(static_cast<int>(-length));
  segment_header header{.first = x.first,
                        .generation = files_->random(),
                        .history = x.history,
                        .made_at = x.now,
                        .file_bytes = static_cast<uint64_t>(length)};
  int error = write_all(*made, 0, encode(header));
  if (error == 0)
    error = made->sync();
  auto name = segment_name(x.first);
  if (error == 0)
    error = files_->rename(new_name, name);
  if (error == 0)
    error = files_->sync_directory();
  if (error != 0)
    return disk_failure(error);
  return std::make_shared<segment>(std::move(header), std::move(name), made);
}

int segment_maker::take_or_reserve(uint64_t least_bytes, bool is_first,
                                   std::unique_ptr<file>& out) {
  files_->remove(new_name);
  if (least_bytes <= bytes_) {
    std::lock_guard guard{mutex_};
    if (has_spare_) {
      has_spare_ = false;
      if (files_->rename(spare_name, new_name) == 0
          && files_->open(new_name, file_layer::mode::write, out) == 0)
        return 0;
      files_->remove(new_name);
    }
  }
  if (const int error = files_->open(new_name, file_layer::mode::create, out); error != 0)
    return error;
  const auto filled = std::min(bytes_, is_first ? first_filled_bytes : filled_bytes);
  if (least_bytes <= filled && out->resize(filled) == 0 && fill(*out, filled) == 0)
    return 0;
  const auto least = std::max(least_bytes, std::min(bytes_, least_segment_bytes));
  auto length = std::max(bytes_, least);
  int error = out->resize(length);
  while (error == ENOSPC && length > least) {
    length = std::max(length / 4, least);
    error = out->resize(0);
    if (error == 0)
      error = out->resize(length);
  }
  return error;
}

expected<void> segment_maker::prepare() {
  {
    std::lock_guard guard{mutex_};
    if (has_spare_)
      return {};
  }
  int error = make_spare();
  if (error == 0) {
    std::lock_guard guard{mutex_};
    error = files_->rename(filling_name, spare_name);
    has_spare_ = error == 0;
  }
  if (error == 0)
    return {};
  files_->remove(filling_name);
  return disk_failure(error);
}

int segment_maker::fill(file& out, uint64_t bytes) {
  const std::string zeros(fill_bytes, '\0');
  int error = 0;
  for (uint64_t at = 0; error == 0 && at < bytes; at += fill_bytes) {
    error = write_all(out, at, std::string_view{zeros}.substr(0, bytes - at));
    if (error == 0 && bytes > filled_bytes && (at + fill_bytes) % unsynced_fill_bytes == 0)
      error = out.sync();
  }
  return error;
}

int segment_maker::make_spare() {
  std::unique_ptr<file> made;
  files_->remove(filling_name);
  int error = files_->open(filling_name, file_layer::mode::create, made);
  if (error == 0)
    error = made->resize(bytes_);
  if (error == 0)
    error = fill(*made, bytes_);
  return error == 0 ? made->sync() : error;
}

void segment_maker::take_over_spare() {
  std::unique_ptr<file> x;
  for (const char* unfinished : {new_name, filling_name, packed_name})
    files_->remove(unfinished);
  if (files_->open(spare_name, file_layer::mode::read, x) != 0)
    return;
  std::lock_guard guard{mutex_};
  has_spare_ = x->size() == static_cast<int64_t>(bytes_);
  if (!has_spare_)
    files_->remove(spare_name);
}

} // namespace carillon::segments
