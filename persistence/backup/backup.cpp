#include "persistence/backup/backup.hpp"

#include "base/file/durable_file.hpp"
#include "base/file/private_files.hpp"
#include "persistence/backup/backup_check.hpp"
#include "persistence/backup/backup_manifest.hpp"
#include "persistence/backup/log_backup.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/snapshot.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <set>
#include <system_error>

namespace carillon {

namespace {

namespace fs = std::filesystem;

constexpr std::array key_names{"node.key", "evidence.key"};

/// Held by the run that works in a directory, and there from the first one on.
constexpr const char* lock_name = "LOCK";

/// Directory of the files that belong to one run.
std::string run_name(uint64_t run) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "run-%06llu", static_cast<unsigned long long>(run));
  return out.data();
}

/// Whether what lies in a backup was put there by a backup.
bool is_ours(const fs::path& name) {
  const auto text = name.string();
  return text == "log" || text == "documents" || text == lock_name || text.starts_with("run-")
         || text.starts_with(".carillon-") || text == backup_manifest::file_name;
}

failure in_the_way(const fs::path& to, const std::string& name) {
  return {ec::conflict,
          to.string() + " has " + name + ", which is not of a backup; choose an empty directory",
          {}};
}

/// One run.
class backup_run {
public:
  backup_run(const backup_request& x, const tell_backup& tell)
    : request_(x), from_(x.data_directory), tell_(tell) {
  }

  expected<backup_report> run() {
    for (const auto step :
         {&backup_run::check_source, &backup_run::take_directory, &backup_run::read_former,
          &backup_run::clear, &backup_run::copy_state, &backup_run::copy_index,
          &backup_run::copy_log, &backup_run::check_state_of_log, &backup_run::copy_documents,
          &backup_run::copy_keys, &backup_run::sync, &backup_run::finish}) {
      if (auto done = (this->*step)(); !done)
        return done.error();
      if (tell_)
        tell_(last_);
    }
    return report_;
  }

private:
  expected<void> check_source() {
    if (auto restored = sqlite::check_restored(from_); !restored)
      return restored;
    std::error_code error;
    if (!fs::exists(from_.state, error) || !fs::is_directory(from_.log, error))
      return failure{ec::invalid_argument,
                     from_.directory.string()
                       + " is not the data directory of a node of this version",
                     {}};
    return {};
  }

  /// Nothing that another program put there is touched.
  expected<void> take_directory() {
    if (auto made = make_private_directory(request_.to); !made)
      return made;
    std::error_code error;
    // Who has no lock file was not made here: `log` may be anybody's name.
    const bool was_taken = fs::exists(request_.to / lock_name, error);
    fs::directory_iterator at{request_.to, error};
    for (; !error && at != fs::directory_iterator{}; at.increment(error))
      if (const auto name = at->path().filename();
          name != "lost+found" && !(was_taken && is_ours(name)))
        return in_the_way(request_.to, name.string());
    if (error)
      return failure{ec::store_unavailable, request_.to.string() + ": " + error.message(), {}};
    auto lock = sqlite::directory_lock::take(request_.to / lock_name);
    if (!lock && lock.error().code == ec::store_locked)
      return failure{ec::store_locked, "another backup works in " + request_.to.string(), {}};
    if (!lock)
      return lock.error();
    lock_ = std::move(*lock);
    return {};
  }

  expected<void> read_former() {
    auto former = read_manifest(request_.to);
    if (!former && former.error().code == ec::not_found)
      return {};
    if (!former)
      return former.error();
    former_ = std::move(*former);
    report_.former_head = former_.head;
    return {};
  }

  /// Removes what no manifest names: of runs that did not end, and of those before the last.
  expected<void> clear() {
    std::set<std::string> kept;
    for (const auto& x : (now_.files.empty() ? former_ : now_).files)
      kept.insert(x.at);
    std::error_code error;
    std::vector<fs::path> directories;
    std::vector<fs::path> files;
    for (const auto& top : fs::directory_iterator{request_.to, error})
      if (is_ours(top.path().filename()) && top.is_directory())
        for (const auto& x : fs::recursive_directory_iterator{top.path(), error})
          (x.is_directory() ? directories : files).push_back(x.path());
    for (const auto& x : files)
      if (!kept.contains(x.lexically_relative(request_.to).generic_string()))
        fs::remove(x, error);
    for (const auto& top : fs::directory_iterator{request_.to, error})
      if (top.path().filename().string().starts_with("run-"))
        directories.insert(directories.begin(), top.path());
    // The inner ones come last. One that is not empty stays.
    for (auto x = directories.rbegin(); x != directories.rend(); ++x)
      fs::remove(*x, error);
    return {};
  }

  expected<void> copy_state() {
    now_.run = former_.run + 1;
    now_.made_at = wall_clock_now();
    for (const auto& x : {request_.to / "log", request_.to / "documents", own(""), own("log")})
      if (auto made = make_private_directory(x); !made)
        return made;
    return copy_database("state.db", from_.state, backup_stage::state);
  }

  /// An index that cannot be copied is rebuilt by the restored node.
  expected<void> copy_index() {
    std::error_code error;
    if (!fs::exists(from_.index, error))
      return {};
    auto done = copy_database("index.db", from_.index, backup_stage::index);
    if (done || done.error().code == ec::store_corrupt)
      return {};
    return done;
  }

  expected<void> copy_database(const std::string& name, const fs::path& from, backup_stage stage) {
    auto done = sqlite::copy_database(
      from, own(name), [&](uint64_t bytes, uint64_t all) { show(stage, bytes, all); });
    return done ? add_copied(name, run_name(now_.run) + '/' + name) : done;
  }

  /// The state comes first: a cursor is never ahead of the log then.
  expected<void> copy_log() {
    auto seen = see_log(from_.log);
    if (!seen)
      return seen.error();
    now_.histories = seen->histories;
    now_.head = seen->store->log().head();
    if (auto fits = check_former(); !fits)
      return fits;
    const auto all = seen->store->log().all();
    total_ = seen->store->log().bytes();
    for (const auto& x : *all)
      if (auto done = x->is_sealed() ? keep_segment(*x) : copy_unfinished(*x); !done)
        return done;
    return copy_if_there("log/histories");
  }

  /// A backup goes on only with the log that it is of.
  expected<void> check_former() {
    if (former_.run == 0)
      return {};
    const auto there = resume_at(now_.histories, {former_.histories.current, former_.head});
    if (!there.has_gap && former_.head <= now_.head)
      return {};
    return failure{ec::conflict,
                   request_.to.string() + " has a backup of history " + former_.histories.current
                     + " up to position " + std::to_string(former_.head)
                     + ", which this log, of history " + now_.histories.current + " up to "
                     + std::to_string(now_.head) + ", does not continue; choose another directory",
                   {}};
  }

  /// A finished segment: never changed, so it may be there already, or get a second name.
  expected<void> keep_segment(const segments::segment& x) {
    const auto path = "log/" + x.name();
    const auto* known = former_.find(path);
    if (known != nullptr && is_segment((request_.to / known->at).parent_path(), x)) {
      now_.files.push_back(*known);
      done_ += x.end();
      show(backup_stage::log, done_, total_);
      return {};
    }
    // The place of another one with this name stays its own until this run counts.
    const bool is_taken = known != nullptr && known->at == path;
    return add_file(path, is_taken,
                    [&](const fs::path& to) { return check_segment(to.parent_path(), x); });
  }

  expected<void> copy_unfinished(const segments::segment& x) {
    const auto name = "log/" + x.name();
    if (auto done = copy_events(x, own(name)); !done)
      return done;
    done_ += x.end();
    show(backup_stage::log, done_, total_);
    return add_copied(name, run_name(now_.run) + '/' + name);
  }

  expected<void> copy_if_there(const std::string& path) {
    auto done = copy_own(path);
    return done || done.error().code == ec::not_found ? expected<void>{} : done;
  }

  /// Copies a small file that may change.
  expected<void> copy_own(const std::string& path) {
    auto copied = copy_durably(from_.directory / path, own(path), {});
    if (!copied)
      return copied.error();
    ++report_.copied_files;
    report_.copied_bytes += copied->bytes;
    now_.files.push_back({path, run_name(now_.run) + '/' + path, std::move(*copied)});
    return {};
  }

  /// Adds a file that never changes: by a second name, or else as a copy.
  /// @param is_taken the backup has another file at its place
  /// @param check of what arrived
  template <class F>
  expected<void> add_file(const std::string& path, bool is_taken, F check) {
    const auto at = is_taken ? run_name(now_.run) + '/' + path : path;
    const auto from = from_.directory / path;
    const auto to = request_.to / at;
    const auto tell = [&](uint64_t bytes) { show(stage_, done_ += bytes, total_); };
    auto linked = request_.links ? link_file(from, to) : expected<bool>{false};
    if (!linked)
      return linked.error();
    auto content = *linked ? digest_of(to, tell) : copy_durably(from, to, tell);
    if (!content)
      return content.error();
    if (auto right = check(to); !right)
      return right;
    report_.linked_files += *linked ? 1 : 0;
    report_.copied_files += *linked ? 0 : 1;
    report_.copied_bytes += *linked ? 0 : content->bytes;
    now_.files.push_back({path, at, std::move(*content)});
    return {};
  }

  /// Adds a file that this run made.
  expected<void> add_copied(const std::string& path, const std::string& at) {
    auto content = digest_of(request_.to / at, {});
    if (!content)
      return content.error();
    ++report_.copied_files;
    report_.copied_bytes += content->bytes;
    now_.files.push_back({path, at, std::move(*content)});
    return {};
  }

  expected<void> check_state_of_log() {
    const auto furthest = sqlite::furthest_of(own("state.db"));
    if (!furthest)
      return furthest.error();
    if (*furthest <= now_.head)
      return {};
    return failure{ec::store_corrupt,
                   from_.state.string() + " has a consumer at position " + std::to_string(*furthest)
                     + ", but the log ends at " + std::to_string(now_.head),
                   {}};
  }

  /// Named by their content, so they never change. One may be deleted meanwhile.
  expected<void> copy_documents() {
    stage_ = backup_stage::files;
    std::error_code error;
    std::vector<std::string> names;
    fs::directory_iterator at{from_.directory / "documents", error};
    for (; !error && at != fs::directory_iterator{}; at.increment(error))
      if (at->is_regular_file() && at->path().extension() == ".pdf")
        names.push_back("documents/" + at->path().filename().string());
    for (const auto& path : names) {
      if (const auto* known = former_.find(path)) {
        now_.files.push_back(*known);
        continue;
      }
      auto done = add_file(path, false, [](const auto&) { return expected<void>{}; });
      if (!done && done.error().code != ec::not_found)
        return done;
    }
    return copy_if_there("installation");
  }

  expected<void> copy_keys() {
    if (!request_.keys)
      return {};
    for (const auto* name : key_names)
      if (auto done = copy_if_there(name); !done)
        return done;
    return {};
  }

  expected<void> sync() {
    std::sort(now_.files.begin(), now_.files.end(),
              [](const auto& x, const auto& y) { return x.path < y.path; });
    report_.has_key = now_.find(key_names.front()) != nullptr;
    for (const auto& x :
         {own("log"), own(""), request_.to / "log", request_.to / "documents", request_.to})
      if (auto done = sqlite::sync_directory(x); !done)
        return done;
    return {};
  }

  expected<void> finish() {
    if (request_.verify)
      if (auto right = verify_files(request_.to, now_, tell_); !right)
        return right;
    if (auto written
        = write_durably(request_.to.string(), backup_manifest::file_name, to_text(now_));
        !written)
      return written;
    report_.history = now_.histories.current;
    report_.head = now_.head;
    report_.files = now_.files.size();
    report_.bytes = now_.bytes();
    return clear();
  }

  void show(backup_stage stage, uint64_t done, uint64_t total) {
    last_ = {stage, done, std::max(done, total)};
    if (tell_)
      tell_(last_);
  }

  /// Path of a file of this run.
  fs::path own(const std::string& path) const {
    const auto run = request_.to / run_name(now_.run);
    return path.empty() ? run : run / path;
  }

  const backup_request& request_;
  const sqlite::data_paths from_;
  const tell_backup& tell_;
  sqlite::directory_lock lock_;
  backup_manifest former_;
  backup_manifest now_;
  backup_report report_;
  /// What was told last; said again after each step.
  backup_progress last_;
  backup_stage stage_ = backup_stage::log;
  /// Bytes of files, and of the log in all.
  uint64_t done_ = 0;
  uint64_t total_ = 0;
};

} // namespace

expected<backup_report> take_backup(const backup_request& x, const tell_backup& tell) {
  try {
    return backup_run{x, tell}.run();
  } catch (const fs::filesystem_error& fault) {
    return failure{ec::store_unavailable, fault.what(), {}};
  }
}

} // namespace carillon
