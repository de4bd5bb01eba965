#include "persistence/segments/check.hpp"

#include "persistence/segments/opening.hpp"
#include "persistence/segments/sealing.hpp"

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

  /// A seal against the frames before it, as if it were not there.
  expected<void> check_content(const segment& x) {
    const auto said = x.summary();
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
