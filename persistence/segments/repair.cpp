#include "persistence/segments/repair.hpp"

#include "persistence/segments/compression.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/opening.hpp"
#include "persistence/segments/segment_maker.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

constexpr size_t copy_bytes = 1024UL * 1024;
/// Files of one segment that were kept by former repairs.
constexpr int most_kept = 1'000;
/// A new segment is small: the log is opened for writing later, and then gets files of its own
/// length.
constexpr uint64_t repaired_bytes = 64UL * 1024;
/// Under this name a file is copied that has to be changed, and is in a backup as well.
constexpr const char* own_name = "own.tmp";

/// A name at which a file can be kept.
std::string free_name(file_layer& files, const std::string& name) {
  std::vector<std::string> names;
  files.list(names);
  auto out = name + ".cut";
  for (int i = 2; i < most_kept && std::count(names.begin(), names.end(), out) != 0; ++i)
    out = name + ".cut" + std::to_string(i);
  return out;
}

/// The copy is on disk then, its name is not.
expected<void> copy(file_layer& files, const std::string& name, const std::string& to) {
  std::unique_ptr<file> from;
  std::unique_ptr<file> out;
  int error = files.open(name, file_layer::mode::read, from);
  if (error == 0)
    error = files.open(to, file_layer::mode::create, out);
  std::string bytes(copy_bytes, '\0');
  for (uint64_t at = 0; error == 0;) {
    const auto n = read_all(*from, at, bytes);
    error = n < 0 ? static_cast<int>(-n)
                  : write_all(*out, at, std::string_view{bytes}.substr(0, static_cast<size_t>(n)));
    at += n > 0 ? static_cast<uint64_t>(n) : 0;
    if (n < static_cast<int64_t>(copy_bytes))
      break;
  }
  if (error == 0)
    error = out->sync();
  return error == 0 ? expected<void>{} : disk_failure(error, files.path_of(to));
}

/// One repair of a directory.
class log_repair {
public:
  log_repair(std::shared_ptr<file_layer> files, timestamp now, const check_progress& progress)
    : files_(std::move(files)), now_(now), progress_(progress) {
  }

  expected<repair_report> run() {
    // Each round mends one segment and takes none back, and a cut adds one.
    for (size_t rounds = 2, i = 0; i < rounds; ++i) {
      auto found = check(*files_, progress_);
      if (!found)
        return found.error();
      if (i == 0)
        report_.damages = found->damages;
      if (found->damages.empty())
        return std::move(report_);
      rounds = std::max(rounds, 2 * found->segments + 4);
      if (auto done = mend(*segment_first(found->damages.front().file)); !done)
        return done.error();
    }
    return failure{ec::store_corrupt, files_->path_of("") + ": the repair found no end", {}};
  }

private:
  expected<void> mend(position first) {
    const auto firsts = segments_in(*files_);
    if (!firsts)
      return firsts.error();
    const auto behind = std::upper_bound(firsts->begin(), firsts->end(), first);
    const position next = behind == firsts->end() ? 0 : *behind;
    if (auto done = unpack_whole(first); !done || *done)
      return done ? expected<void>{} : done.error();
    position good_to = first - 1;
    bool is_whole = false;
    if (auto done = look(first, next, good_to, is_whole); !done)
      return done;
    if (auto kept = keep(segment_name(first)); !kept)
      return kept;
    if (!is_whole)
      if (auto done = cut(good_to, {behind, firsts->end()}); !done)
        return done;
    return good_to < first ? sync() : take_seal_off(first, is_whole ? 0 : good_to);
  }

  /// A compressed file whose content is the one that was sealed becomes the file that it was before
  /// its seal. False if it is not such a file.
  expected<bool> unpack_whole(position first) {
    damage ignored;
    const auto name = segment_name(first);
    const auto x = open_segment(*files_, first, file_layer::mode::read, ignored);
    if (!x || !(*x)->is_compressed())
      return x || x.error().code == ec::store_corrupt ? expected<bool>{false} : x.error();
    if (auto done = unpack(*files_, **x, own_name); !done) {
      files_->remove(own_name);
      return done.error().code == ec::store_refused ? expected<bool>{false} : done.error();
    }
    if (auto kept = keep(name); !kept)
      return kept.error();
    if (const int error = files_->rename(own_name, name); error != 0)
      return disk_failure(error, files_->path_of(name));
    auto synced = sync();
    return synced ? expected<bool>{true} : synced.error();
  }

  /// How far the frames of a file are good, whatever its seal says.
  expected<void> look(position first, position next, position& good_to, bool& is_whole) {
    damage ignored;
    auto x = open_plain(*files_, first, ignored);
    if (!x)
      return x.error().code == ec::store_corrupt ? expected<void>{} : x.error();
    position stop = next;
    if (auto sealed = open_segment(*files_, first, file_layer::mode::read, ignored);
        sealed && (*sealed)->is_sealed() && next == 0)
      stop = (*sealed)->last() + 1;
    damage found;
    const auto result = scan(**x, stop, found);
    if (!result && result.error().code != ec::store_corrupt)
      return result.error();
    good_to = (*x)->last();
    is_whole = result.has_value();
    // Nobody says that there is an event at the next position: an empty file may begin there.
    if (!is_whole && found.next != 0)
      report_.lost_to = std::max(report_.lost_to, found.next - 1);
    return {};
  }

  /// Ends the log behind `good_to`. The segment of the new history comes first: until the files
  /// behind are away, a check finds that they do not follow it.
  expected<void> cut(position good_to, std::vector<position> later) {
    report_.lost_from = good_to + 1;
    report_.lost_to = std::max(report_.lost_to, last_known(later));
    report_.history = make_history(*files_);
    segment_maker maker{files_, repaired_bytes};
    if (auto made = maker.make({.first = good_to + 1, .history = report_.history, .now = now_});
        !made)
      return made.error();
    for (; !later.empty(); later.pop_back())
      if (auto moved = keep_away(segment_name(later.back())); !moved)
        return moved;
    return {};
  }

  position last_known(const std::vector<position>& later) {
    if (later.empty())
      return 0;
    damage ignored;
    auto x = open_segment(*files_, later.back(), file_layer::mode::read, ignored);
    if (x && !(*x)->is_sealed())
      static_cast<void>(scan(**x, 0, ignored));
    return x ? (*x)->last() : later.back() - 1;
  }

  /// A seal that says other than the frames, or none that can be read, goes: the file is then as
  /// long as one without a seal.
  /// @param cut_behind where the log was cut; a seal that ends there stays. 0 if it was not
  expected<void> take_seal_off(position first, position cut_behind) {
    damage ignored;
    const auto x = open_segment(*files_, first, file_layer::mode::read, ignored);
    if (x && (*x)->is_sealed() && (*x)->last() == cut_behind)
      return {};
    const auto plain = open_plain(*files_, first, ignored);
    if (!plain)
      return plain.error();
    const auto path = files_->path_of(segment_name(first));
    if (auto own = make_own(segment_name(first)); !own)
      return own;
    std::unique_ptr<file> content;
    int error = files_->open(segment_name(first), file_layer::mode::write, content);
    if (error == 0)
      error = content->resize((*plain)->header().file_bytes);
    if (error == 0)
      error = content->sync();
    return error == 0 ? expected<void>{} : disk_failure(error, path);
  }

  expected<void> sync() {
    const int error = files_->sync_directory();
    return error == 0 ? expected<void>{} : disk_failure(error, files_->path_of(""));
  }

  expected<void> keep_away(const std::string& name) {
    auto to = free_name(*files_, name);
    if (const int error = files_->rename(name, to); error != 0)
      return disk_failure(error, files_->path_of(name));
    report_.kept_in.push_back(std::move(to));
    return sync();
  }

  expected<void> keep(const std::string& name) {
    auto kept = keep_copy(*files_, name);
    if (!kept)
      return kept.error();
    report_.kept_in.push_back(std::move(*kept));
    return {};
  }

  /// A file that a backup has, too, gives way to a copy of it.
  expected<void> make_own(const std::string& name) {
    if (!files_->has_other_name(name))
      return {};
    files_->remove(own_name);
    if (auto copied = copy(*files_, name, own_name); !copied)
      return copied;
    if (const int error = files_->rename(own_name, name); error != 0)
      return disk_failure(error, files_->path_of(name));
    return sync();
  }

  std::shared_ptr<file_layer> files_;
  timestamp now_;
  const check_progress& progress_;
  repair_report report_;
};

} // namespace

expected<std::string> keep_copy(file_layer& files, const std::string& name) {
  auto to = free_name(files, name);
  if (auto copied = copy(files, name, to); !copied)
    return copied.error();
  if (const int error = files.sync_directory(); error != 0)
    return disk_failure(error, files.path_of(""));
  return to;
}

expected<repair_report> repair(std::shared_ptr<file_layer> files, timestamp now,
                               const check_progress& progress) {
  return log_repair{std::move(files), now, progress}.run();
}

} // namespace carillon::segments
