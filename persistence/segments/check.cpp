#include "persistence/segments/check.hpp"

#include "base/crypto/sha256_stream.hpp"
#include "persistence/segments/compression.hpp"
#include "persistence/segments/frame_list.hpp"
#include "persistence/segments/opening.hpp"
#include "persistence/segments/sealing.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

/// One check of a directory.
class log_check {
public:
  log_check(file_layer& files, const check_progress& progress)
    : files_(files), progress_(progress) {
  }

  expected<check_report> run() {
    const auto firsts = segments_in(files_);
    if (!firsts)
      return firsts.error();
    if (firsts->empty())
      return failure{ec::not_found, files_.path_of("") + ": there is no log", {}};
    report_.first = firsts->front();
    report_.segments = firsts->size();
    for (size_t i = 0; i < firsts->size(); ++i) {
      const position next = i + 1 < firsts->size() ? (*firsts)[i + 1] : 0;
      auto done = check_one((*firsts)[i], next);
      if (!done && done.error().code != ec::store_corrupt)
        return done.error();
      if (!done)
        report_.damages.push_back(found_);
      if (progress_)
        progress_(i + 1, firsts->size());
    }
    return std::move(report_);
  }

private:
  failure say(const segment& x, uint64_t offset, position from, std::string what) {
    found_ = {x.name(), offset, from, 0, std::move(what)};
    return {ec::store_corrupt, sentence_of(found_), {}};
  }

  expected<void> check_one(position first, position next) {
    auto opened = open_segment(files_, first, file_layer::mode::read, found_);
    if (!opened) {
      before_ = nullptr;
      return opened.error();
    }
    auto before = std::exchange(before_, *opened);
    auto& x = **opened;
    if (!x.is_sealed())
      return check_frames(x, next);
    // The frames first: they say best where it is damaged.
    if (auto done = check_content(x); !done)
      return done;
    return check_neighbours(x, before.get(), next, found_);
  }

  expected<void> check_frames(segment& x, position next) {
    const auto result = scan(x, next, found_);
    if (!result)
      return result.error();
    count(x);
    if (next == 0)
      report_.unfinished_bytes = result->rest_bytes;
    return {};
  }

  /// The blocks of a compressed file against its seal.
  expected<void> check_blocks(const segment& x) {
    const auto said = x.summary();
    auto seen = said;
    sha256_stream hash;
    hash.add(encode(x.header()));
    std::string bytes;
    std::vector<frame_view> frames;
    position next = said.first;
    for (const auto& b : said.blocks) {
      auto read = read_block(x, b, bytes);
      if (!read && read.error().code != ec::store_refused)
        return read;
      if (!read || b.first != next || !take_apart(bytes, x.header().generation, b.first, frames))
        return say(x, b.stored_at, b.first, "a block is damaged");
      hash.add(bytes);
      for (const auto& frame : frames) {
        timestamp min_time;
        timestamp max_time;
        if (!times_of(frame, min_time, max_time))
          return say(x, b.stored_at, frame.first, "a frame has malformed records");
        const bool is_first = frame.first == said.first;
        seen.min_time = is_first ? min_time : std::min(seen.min_time, min_time);
        seen.max_time = is_first ? max_time : std::max(seen.max_time, max_time);
        seen.first_recorded_at = is_first ? frame.recorded_at : seen.first_recorded_at;
        seen.last_recorded_at = frame.recorded_at;
        next = frame.first + frame.count;
      }
    }
    seen.last = next - 1;
    seen.content = hash.finish();
    if (seen != said)
      return say(x, said.content_bytes, said.first, "its frames are not those that were sealed");
    const auto is_as_written = is_stored_as_written(x);
    if (!is_as_written)
      return is_as_written.error();
    if (!*is_as_written)
      return say(x, segment_header::bytes, said.first,
                 "bytes changed that its blocks do not depend on");
    count(x);
    return {};
  }

  /// A seal against the frames before it, as if it were not there.
  expected<void> check_content(const segment& x) {
    const auto said = x.summary();
    if (said.is_compressed)
      return check_blocks(x);
    segment plain{x.header(), x.name(), x.shared_content()};
    if (const auto result = scan(plain, said.last + 1, found_); !result)
      return result.error();
    const auto computed = compute_seal(plain, nullptr);
    if (!computed)
      return computed.error();
    auto expected_seal = *computed;
    expected_seal.before = said.before;
    if (expected_seal != said)
      return say(x, said.content_bytes, said.first, "its frames are not those that were sealed");
    count(plain);
    return {};
  }

  void count(const segment& x) {
    report_.head = x.last();
    report_.events += x.last() + 1 - x.header().first;
    report_.bytes += x.end();
  }

  file_layer& files_;
  const check_progress& progress_;
  check_report report_;
  damage found_;
  /// The segment before, if it could be opened.
  segment_ptr before_;
};

} // namespace

expected<check_report> check(file_layer& files, const check_progress& progress) {
  return log_check{files, progress}.run();
}

} // namespace carillon::segments
