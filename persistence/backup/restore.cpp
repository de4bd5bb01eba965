#include "persistence/backup/restore.hpp"

#include "base/file/durable_file.hpp"
#include "base/file/private_files.hpp"
#include "persistence/backup/backup_check.hpp"
#include "persistence/backup/backup_manifest.hpp"
#include "persistence/segments/histories.hpp"
#include "persistence/segments/opening.hpp"
#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/move/events_mark.hpp"
#include "persistence/sqlite/snapshot.hpp"

#include <algorithm>
#include <set>
#include <system_error>

namespace carillon {

namespace {

namespace fs = std::filesystem;

/// The segment of the new history is small: the node makes further ones of its own length.
constexpr uint64_t first_segment_bytes = 64UL * 1024;

/// More than what `RESTORING` has.
constexpr size_t most_mark_bytes = 4'096;

/// One run.
class restore_run {
public:
  restore_run(const fs::path& backup, const fs::path& to, const tell_backup& tell)
    : backup_(backup), to_(to), tell_(tell) {
  }

  expected<restore_report> run() {
    for (const auto step : {&restore_run::verify, &restore_run::take_directory, &restore_run::copy,
                            &restore_run::remove_others, &restore_run::begin_history,
                            &restore_run::rename_index, &restore_run::finish}) {
      if (auto done = (this->*step)(); !done)
        return done.error();
      if (tell_)
        tell_(last_);
    }
    return report_;
  }

private:
  expected<void> verify() {
    auto manifest = read_manifest(backup_);
    if (!manifest)
      return manifest.error();
    manifest_ = std::move(*manifest);
    const auto right = verify_files(backup_, manifest_, [this](const backup_progress& x) {
      last_ = x;
      if (tell_)
        tell_(x);
    });
    if (!right)
      return right;
    if (manifest_.find("state.db") == nullptr)
      return failure{ec::store_corrupt, backup_.string() + " has no state.db", {}};
    return {};
  }

  /// Takes an empty directory, or one that a restore began.
  expected<void> take_directory() {
    if (auto made = make_private_directory(to_.directory); !made)
      return made;
    const auto mark = read_whole(to_.restoring.string(), most_mark_bytes);
    if (!mark && mark.error().code != ec::not_found)
      return mark.error();
    report_.resumed = mark.has_value();
    if (!mark)
      if (auto empty = check_empty(); !empty)
        return empty;
    auto lock = sqlite::directory_lock::take(to_.lock);
    if (!lock)
      return lock.error();
    lock_ = std::move(*lock);
    return write_durably(to_.directory.string(), to_.restoring.filename().string(),
                         "A backup is being put here: run the same carillon restore again.\n");
  }

  expected<void> check_empty() const {
    for (const auto& x : fs::directory_iterator{to_.directory})
      if (const auto name = x.path().filename(); name != "lost+found" && name != "LOCK")
        return failure{ec::conflict,
                       to_.directory.string() + " is not empty, it has " + name.string()
                         + "; a backup is put into an empty directory",
                       {}};
    return {};
  }

  expected<void> copy() {
    const auto total = manifest_.bytes();
    uint64_t done = 0;
    const auto tell = [&](uint64_t bytes) {
      done += bytes;
      last_ = {backup_stage::files, done, std::max(done, total)};
      if (tell_)
        tell_(last_);
    };
    for (const auto& x : manifest_.files)
      if (auto copied = copy_one(x, tell); !copied)
        return copied;
    return {};
  }

  expected<void> copy_one(const backup_file& x, const bytes_read& tell) {
    const auto to = to_.directory / x.path;
    if (auto made = make_private_directory(to.parent_path()); !made)
      return made;
    if (report_.resumed)
      if (const auto there = digest_of(to, {}); there && *there == x.content) {
        tell(x.content.bytes);
        return {};
      }
    const auto copied = copy_durably(backup_ / x.at, to, tell);
    if (!copied)
      return copied.error();
    if (*copied == x.content)
      return {};
    return failure{ec::store_corrupt,
                   (backup_ / x.at).string() + " is not what was written: the backup is damaged",
                   {}};
  }

  /// What a former run made after the copies.
  expected<void> remove_others() {
    std::set<std::string> kept{"LOCK", "RESTORING"};
    for (const auto& x : manifest_.files)
      kept.insert(x.path);
    std::vector<fs::path> others;
    for (const auto& x : fs::recursive_directory_iterator{to_.directory})
      if (x.is_regular_file()
          && !kept.contains(x.path().lexically_relative(to_.directory).generic_string()))
        others.push_back(x.path());
    for (const auto& x : others)
      fs::remove(x);
    if (auto made = make_private_directory(to_.log); !made)
      return made;
    return sqlite::sync_directory(to_.log);
  }

  expected<void> begin_history() {
    const auto files = segments::files_in(to_.log.string());
    const auto furthest = sqlite::furthest_of(to_.state);
    if (!furthest)
      return furthest.error();
    segments::segment_options options;
    options.segment_bytes = first_segment_bytes;
    options.at_least = std::max(*furthest, manifest_.head);
    // Without a segment this would make a new log.
    if (!has_log())
      return failure{ec::store_corrupt, backup_.string() + " has no log", {}};
    auto log = segments::segment_store::open(files, options, wall_clock_now());
    if (!log)
      return log.error();
    auto& writer = (*log)->writer();
    if (writer.head() != manifest_.head)
      return failure{ec::store_corrupt,
                     "the log of the backup ends at " + std::to_string(writer.head()) + ", not at "
                       + std::to_string(manifest_.head),
                     {}};
    auto former = manifest_.histories.former;
    report_.former = {manifest_.histories.current, manifest_.head};
    former.push_back(report_.former);
    if (auto written = segments::write_histories(*files, former); !written)
      return written;
    report_.history = segments::make_history(*files);
    return writer.change_history(report_.history, wall_clock_now());
  }

  bool has_log() const {
    return std::any_of(manifest_.files.begin(), manifest_.files.end(), [](const auto& x) {
      return x.path.starts_with("log/") && x.path.ends_with(".seg");
    });
  }

  /// An index that cannot be carried on is rebuilt by the node.
  expected<void> rename_index() {
    std::error_code error;
    if (!fs::exists(to_.index, error)
        || sqlite::rename_history_of_index(to_.index, report_.history))
      return {};
    return sqlite::remove_database(to_.index);
  }

  expected<void> finish() {
    if (auto marked = sqlite::write_events_mark(to_.events, wall_clock_now()); !marked)
      return marked;
    for (const auto& x : {to_.log, to_.directory})
      if (auto done = sqlite::sync_directory(x); !done)
        return done;
    std::error_code error;
    if (!fs::remove(to_.restoring, error))
      return failure{ec::store_unavailable, to_.restoring.string() + ": " + error.message(), {}};
    report_.head = manifest_.head;
    report_.files = manifest_.files.size();
    report_.bytes = manifest_.bytes();
    report_.key_is_elsewhere = manifest_.find("node.key") == nullptr;
    return sqlite::sync_directory(to_.directory);
  }

  const fs::path backup_;
  const sqlite::data_paths to_;
  const tell_backup& tell_;
  sqlite::directory_lock lock_;
  backup_manifest manifest_;
  restore_report report_;
  /// What was told last; said again after each step.
  backup_progress last_;
};

} // namespace

expected<restore_report> restore_backup(const fs::path& backup, const fs::path& to,
                                        const tell_backup& tell) {
  try {
    return restore_run{backup, to, tell}.run();
  } catch (const std::exception& fault) {
    return failure{ec::store_unavailable, fault.what(), {}};
  }
}

} // namespace carillon
