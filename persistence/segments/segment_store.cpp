#include "persistence/segments/segment_store.hpp"

#include "persistence/segments/faults.hpp"
#include "persistence/segments/opening.hpp"
#include "persistence/segments/sealing.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

/// Zeros that take the place of an unfinished frame are written in pieces of this.
constexpr uint64_t zero_bytes = 256UL * 1024;

/// A spare file is made when the newest is filled to a quarter, so that a small log takes no more
/// room than one file.
constexpr uint64_t spare_at = 4;

/// Content that one round compresses: about 80 ms of processor.
constexpr uint64_t packed_at_once = 16UL * 1024 * 1024;

} // namespace

segment_store::segment_store(std::shared_ptr<file_layer> files, segment_options options)
  : files_(std::move(files)), options_(std::move(options)),
    maker_(std::make_shared<segment_maker>(files_, options_.segment_bytes)) {
}

expected<std::unique_ptr<segment_store>>
segment_store::open(std::shared_ptr<file_layer> files, segment_options options, timestamp now) {
  std::unique_ptr<segment_store> out{new segment_store{std::move(files), std::move(options)}};
  if (auto done = out->recover(); !done)
    return done.error();
  if (out->log_->all()->empty()) {
    if (!out->writes())
      return failure{ec::not_found, out->files_->path_of("") + ": there is no log", {}};
    if (auto made = out->make_first(now); !made)
      return made.error();
  }
  auto& report = out->report_;
  report.first = out->log_->first();
  report.head = out->log_->head();
  report.segments = out->log_->all()->size();
  if (report.head < out->options_.at_least)
    return out->ends_too_soon(report.head);
  out->history_ = out->log_->all()->back()->header().history;
  if (out->writes())
    out->writer_ = std::make_unique<segment_writer>(out->log_, out->maker_);
  return out;
}

failure segment_store::ends_too_soon(position head) const {
  return {ec::store_corrupt,
          files_->path_of("") + ": the log ends at position " + std::to_string(head)
            + ", but position " + std::to_string(options_.at_least) + " was acknowledged",
          {}};
}

expected<void> segment_store::make_first(timestamp now) {
  if (options_.history.empty())
    options_.history = make_history(*files_);
  auto made = maker_->make({.first = options_.first, .history = options_.history, .now = now});
  if (!made)
    return made.error();
  log_->push(std::move(*made));
  return {};
}

expected<void> segment_store::recover() {
  const auto firsts = segments_in(*files_);
  if (!firsts)
    return firsts.error();
  if (writes()) {
    maker_->take_over_spare();
    // The process before may have died before its new names were on disk.
    if (const int error = files_->sync_directory(); error != 0)
      return disk_failure(error, files_->path_of(""));
  }
  for (size_t i = 0; i < firsts->size(); ++i) {
    const position next = i + 1 < firsts->size() ? (*firsts)[i + 1] : 0;
    const auto all = log_->all();
    auto opened = open_one((*firsts)[i], next, all->empty() ? nullptr : all->back().get());
    if (!opened)
      return opened.error();
    log_->push(std::move(*opened));
  }
  return {};
}

expected<segment_ptr> segment_store::open_one(position first, position next,
                                              const segment* before) {
  damage found;
  const auto how = writes() ? file_layer::mode::write : file_layer::mode::read;
  auto opened = open_segment(*files_, first, how, found);
  if (!opened)
    return opened.error();
  auto& x = **opened;
  if (x.is_sealed()) {
    if (auto fits = check_neighbours(x, before, next, found); !fits)
      return fits.error();
  } else {
    const auto result = scan(x, next, found);
    if (!result)
      return result.error();
    ++report_.read_segments;
    // Before anything is cut.
    if (next == 0 && x.last() < options_.at_least)
      return ends_too_soon(x.last());
    if (next == 0)
      if (auto settled = settle(x, *result); !settled)
        return settled.error();
  }
  return opened;
}

expected<segment_ptr> segment_store::look_again(const segment_ptr& known, position next) {
  damage found;
  const auto now = open_plain(*files_, known->header().first, found);
  if (!now)
    return now.error();
  // A file without events is replaced after a failed write, and frames that could not be synced do
  // not count.
  if ((*now)->header().generation != known->header().generation
      || (next != 0 && known->last() >= next))
    return open_one(known->header().first, next, nullptr);
  if (auto done = scan_new(*known, next, found); !done)
    return done.error();
  return known;
}

expected<void> segment_store::refresh() {
  if (writes())
    return {};
  const std::lock_guard guard{refreshing_};
  const auto firsts = segments_in(*files_);
  if (!firsts)
    return firsts.error();
  const auto before = log_->all();
  segment_list::list now;
  for (size_t i = 0; i < firsts->size(); ++i) {
    const auto first = (*firsts)[i];
    const position next = i + 1 < firsts->size() ? (*firsts)[i + 1] : 0;
    const auto there
      = std::lower_bound(before->begin(), before->end(), first,
                         [](const segment_ptr& x, position p) { return x->header().first < p; });
    const bool is_known = there != before->end() && (*there)->header().first == first;
    if (is_known && (*there != before->back() || (*there)->is_sealed())) {
      now.push_back(*there);
      continue;
    }
    auto opened = is_known ? look_again(*there, next)
                           : open_one(first, next, now.empty() ? nullptr : now.back().get());
    if (!opened)
      return opened.error();
    now.push_back(std::move(*opened));
  }
  if (now.empty())
    return failure{ec::store_unavailable, files_->path_of("") + ": the log is gone", {}};
  log_->assign(std::move(now));
  return {};
}

expected<void> segment_store::settle(segment& newest, const scan_result& x) {
  if (x.rest_bytes > 0) {
    report_.cut_file = newest.name();
    report_.cut_at = x.rest_at;
    report_.cut_bytes = x.rest_bytes;
  }
  // A clean end was marked after the last frame was on disk.
  const bool is_clean = x.rest_bytes == 0 && x.rest_at > newest.end();
  if (is_clean)
    return {};
  auto& to = newest.content();
  if (!writes()) {
    const int error = sync_seen(to);
    return error == 0 ? expected<void>{} : disk_failure(error, files_->path_of(newest.name()));
  }
  std::string bytes(x.last_frame_bytes, '\0');
  const auto n = read_all(to, x.last_frame_at, bytes);
  int error = n < 0 ? static_cast<int>(-n) : write_all(to, x.last_frame_at, bytes);
  bytes.assign(std::min(x.rest_bytes, zero_bytes), '\0');
  for (uint64_t done = 0; error == 0 && done < x.rest_bytes; done += zero_bytes)
    error = write_all(to, x.rest_at + done, std::string_view{bytes}.substr(0, x.rest_bytes - done));
  if (error == 0)
    error = to.sync();
  return error == 0 ? expected<void>{} : disk_failure(error, files_->path_of(newest.name()));
}

expected<void> segment_store::maintain() {
  if (!writes())
    return {};
  if (auto done = seal_next(); !done)
    return done;
  const auto newest = log_->all()->back();
  if (newest->end() >= newest->header().file_bytes / spare_at)
    if (auto made = maker_->prepare(); !made)
      return made;
  return options_.compresses ? pack_some() : expected<void>{};
}

expected<void> segment_store::pack_some() {
  if (!packer_) {
    const auto all = log_->all();
    const auto next = std::find_if(all->begin(), all->end(), [&](const segment_ptr& x) {
      return x->header().first >= packed_to_ && x->is_sealed() && !x->is_compressed();
    });
    if (next == all->end())
      return {};
    packer_ = std::make_unique<segment_packer>(files_, *next);
  }
  const auto done = packer_->step(packed_at_once);
  const auto from = packer_->from();
  if (done && !done->made && !done->is_left)
    return {};
  packer_.reset();
  // What is damaged is not tried again; a disk that is full may have room later.
  if (done || done.error().code == ec::store_refused)
    packed_to_ = from->header().first + 1;
  if (!done)
    return done.error();
  if (done->made)
    log_->replace(from, done->made);
  return {};
}

expected<void> segment_store::seal_next() {
  const auto all = log_->all();
  for (; sealed_ + 1 < all->size(); ++sealed_) {
    auto& x = *(*all)[sealed_];
    if (x.is_sealed())
      continue;
    auto end = compute_seal(x, sealed_ == 0 ? nullptr : (*all)[sealed_ - 1].get());
    if (!end)
      return end.error();
    if (auto done = write_seal(x, std::move(*end)); !done)
      return done;
  }
  return {};
}

} // namespace carillon::segments
