#include "persistence/tools/log_care.hpp"

#include "persistence/segments/opening.hpp"
#include "persistence/segments/repair.hpp"
#include "persistence/segments/salvage.hpp"
#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/move/events_mark.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

namespace carillon {

namespace {

namespace fs = std::filesystem;

/// Where the state has positions of events. Of each table the last, by an index.
constexpr std::array<std::pair<const char*, const char*>, 5> positions_of_state{{
  {"consumers", "SELECT max(cursor) FROM consumers"},
  {"handler_retries", "SELECT max(seq) FROM handler_retries"},
  {"dead_letters", "SELECT max(seq) FROM dead_letters"},
  {"audit_log", "SELECT max(event_seq) FROM audit_log WHERE event_seq > 0"},
  {"webhook_deliveries", "SELECT max(seq) FROM webhook_deliveries"},
}};

/// A frame of events that were lost has so many of them.
constexpr position most_filled = 4'096;
/// What such an event takes on disk at most.
constexpr uint64_t filled_bytes = 160;
/// Files are sealed after so many bytes of appends.
constexpr uint64_t maintained_bytes = 32UL * 1024 * 1024;

position known_in_state(const fs::path& file) {
  sqlite::connection db{{.file = file}};
  position out = 0;
  for (const auto& [table, sql] : positions_of_state) {
    sqlite::statement there{db.handle(), "SELECT 1 FROM sqlite_schema WHERE name = ?1"};
    there.bind_all(std::string_view{table});
    if (!there.step())
      continue;
    sqlite::statement last{db.handle(), sql};
    if (last.step())
      out = std::max(out, last.number(0));
  }
  return out;
}

/// Of an index of one of these histories: that of another log is thrown away by the next start.
position indexed_in(const fs::path& file, const std::set<std::string>& histories) {
  sqlite::connection db{{.file = file}};
  sqlite::statement ask{db.handle(), "SELECT cursor, history FROM index_state WHERE one = 1"};
  return ask.step() && histories.contains(ask.string(1)) ? ask.number(0) : 0;
}

/// Empty if the header cannot be read.
std::string history_in(segments::file_layer& files, const std::string& name) {
  std::unique_ptr<segments::file> content;
  std::string page(segments::segment_header::bytes, '\0');
  if (files.open(name, segments::file_layer::mode::read, content) != 0
      || segments::read_all(*content, 0, page) != static_cast<int64_t>(page.size()))
    return {};
  const auto header = segments::decode_header(page);
  return header ? header->history : std::string{};
}

/// Also those that this log had before: a repair that is interrupted has begun another.
std::set<std::string> known_histories(segments::file_layer& files,
                                      const std::vector<segments::kept_file>& kept) {
  std::set<std::string> out;
  if (const auto firsts = segments::segments_in(files))
    for (const auto first : *firsts)
      out.insert(history_in(files, segments::segment_name(first)));
  for (const auto& x : kept)
    out.insert(history_in(files, x.name));
  out.erase(std::string{});
  return out;
}

expected<position> known_to(const sqlite::data_paths& paths, segments::file_layer& files) {
  const auto kept = segments::kept_files(files);
  if (!kept)
    return kept.error();
  auto out = segments::last_of(*kept);
  if (fs::exists(paths.state)) {
    const auto state
      = sqlite::guarded([&]() -> expected<position> { return known_in_state(paths.state); });
    if (!state)
      return failure{state.error().code, paths.state.string() + ": " + state.error().detail, {}};
    out = std::max(out, *state);
  }
  // An index that cannot be read is made anew, and knows nothing.
  const auto index = sqlite::guarded(
    [&]() -> expected<position> { return indexed_in(paths.index, known_histories(files, *kept)); });
  return index ? std::max(out, *index) : out;
}

expected<void> refuse_old_log(const sqlite::data_paths& paths) {
  const auto kind = sqlite::guarded(
    [&]() -> expected<sqlite::events_file> { return sqlite::examine_events(paths.events); });
  // A mark that cannot be read says nothing about the segments.
  if (!kind || *kind != sqlite::events_file::log)
    return {};
  return failure{ec::store_unavailable,
                 paths.events.string()
                   + " is of an older version; start the node once, which moves it to segments",
                 {}};
}

segments::check_progress segments_of(const log_care_progress& progress) {
  if (!progress)
    return {};
  return [&progress](size_t done, size_t total) { progress("checking segments", done, total); };
}

/// Puts a log to its known end behind a repair.
class log_filler {
public:
  log_filler(std::shared_ptr<segments::file_layer> files, std::vector<segments::kept_file> kept,
             timestamp now, const log_care_progress& progress, log_repaired& report)
    : files_(std::move(files)), kept_(std::move(kept)), now_(now), progress_(progress),
      report_(report) {
  }

  expected<void> run(position to) {
    to_ = to;
    if (auto opened = open(); !opened)
      return opened;
    if (auto done = put_back(); !done)
      return done;
    if (auto done = fill_before(to_ + 1); !done)
      return done;
    report_.head = head();
    return log_->writer().finish(now_);
  }

private:
  position head() const {
    return log_->writer().head();
  }

  expected<void> open() {
    auto opened = segments::segment_store::open(files_, {}, now_);
    if (!opened)
      return opened.error();
    log_ = std::move(*opened);
    report_.head = head();
    // Clients may have seen other events at the positions that are filled.
    if (head() >= to_ || !report_.history.empty())
      return {};
    report_.history = segments::make_history(*files_);
    return log_->writer().change_history(report_.history, now_);
  }

  expected<void> put_back() {
    for (size_t i = 0; i < kept_.size() && head() < to_; ++i) {
      const position stop = i + 1 < kept_.size() ? kept_[i + 1].first : to_ + 1;
      if (auto done = put_back(i + 1, stop); !done)
        return done;
    }
    return {};
  }

  /// Puts back what the first `count` kept files have before `stop`. The last of them counts: what
  /// another has behind its beginning could not be synced. But what it lacks may be in that other,
  /// which was cut before, by this repair or a former one.
  expected<void> put_back(size_t count, position stop) {
    if (head() + 1 >= stop)
      return {};
    while (count > 0 && kept_[count - 1].last <= head())
      --count;
    if (count == 0)
      return {};
    const auto take = [&](const segments::frame_view& x) -> expected<void> {
      if (auto before = put_back(count - 1, x.first); !before)
        return before;
      return put_back(x);
    };
    if (auto done = segments::read_kept(*files_, kept_[count - 1], stop, take); !done)
      return done;
    return put_back(count - 1, stop);
  }

  expected<void> put_back(const segments::frame_view& x) {
    if (x.first + x.count - 1 <= head())
      return {};
    auto events = segments::events_of(x);
    std::erase_if(events, [&](const auto& e) { return e->seq <= head(); });
    if (events.empty())
      return {};
    if (auto filled = fill_before(events.front()->seq); !filled)
      return filled;
    report_.saved += events.size();
    return append(events, x.recorded_at);
  }

  /// An event for each position before this one that the log lacks.
  expected<void> fill_before(position next) {
    while (head() + 1 < next) {
      std::vector<draft_ptr> events;
      const auto first = head() + 1;
      for (auto at = first; at < next && events.size() < most_filled; ++at)
        events.push_back(lost_event(at));
      report_.first_lost = report_.lost == 0 ? first : report_.first_lost;
      report_.last_lost = first + events.size() - 1;
      report_.lost += events.size();
      if (auto done = append(events, now_); !done)
        return done;
    }
    return {};
  }

  draft_ptr lost_event(position at) const {
    auto out = std::make_shared<event>();
    out->id = log_->writer().history() + "-" + std::to_string(at);
    out->type = lost_event_type;
    out->source = "/carillon/log";
    out->time = now_;
    return out;
  }

  expected<void> append(const std::vector<draft_ptr>& events, timestamp recorded_at) {
    const auto first = log_->writer().append(events, recorded_at);
    if (!first)
      return first.error();
    for (const auto& x : events)
      appended_bytes_ += footprint_bytes(*x);
    if (progress_)
      progress_("putting events back", head(), to_);
    if (appended_bytes_ < maintained_bytes)
      return {};
    appended_bytes_ = 0;
    return log_->maintain();
  }

  std::shared_ptr<segments::file_layer> files_;
  std::vector<segments::kept_file> kept_;
  timestamp now_;
  const log_care_progress& progress_;
  log_repaired& report_;
  std::unique_ptr<segments::segment_store> log_;
  position to_ = 0;
  uint64_t appended_bytes_ = 0;
};

/// What is behind the damage is written once more, beside the files that are kept.
expected<void> find_room(const fs::path& log, const log_state& found) {
  uint64_t needed = 0;
  std::error_code error;
  if (!found.log.damages.empty()) {
    const auto& first = found.log.damages.front().file;
    for (const auto& x : fs::directory_iterator{log, error})
      if (segments::segment_first(x.path().filename().string())
          && x.path().filename().string() >= first)
        needed += x.file_size(error);
  }
  const auto head = found.log.head;
  if (found.known_to > head && found.log.damages.empty())
    needed += (found.known_to - head) * filled_bytes;
  const auto space = fs::space(log, error);
  if (error || space.available >= needed)
    return {};
  return failure{ec::store_unavailable,
                 "the repair needs " + std::to_string(needed) + " bytes in " + log.string()
                   + ", and " + std::to_string(space.available) + " are free",
                 {}};
}

/// Opening a log for writing removes what is not finished at its end, which may be all that is left
/// of an event that was acknowledged.
expected<void> keep_unfinished(segments::file_layer& files, const log_state& found,
                               log_repaired& out) {
  if (found.log.unfinished_bytes == 0)
    return {};
  const auto firsts = segments::segments_in(files);
  if (!firsts)
    return firsts.error();
  auto kept = segments::keep_copy(files, segments::segment_name(firsts->back()));
  if (!kept)
    return kept.error();
  out.kept_in.push_back(std::move(*kept));
  return {};
}

} // namespace

expected<log_state> check_log(const fs::path& directory, const log_care_progress& progress) {
  const sqlite::data_paths paths{directory};
  // What of the log is not there yet would be taken for lost.
  if (auto restored = sqlite::check_restored(paths); !restored)
    return restored.error();
  if (auto fits = refuse_old_log(paths); !fits)
    return fits.error();
  if (!fs::exists(paths.log))
    return failure{ec::not_found, "there is no log in " + directory.string(), {}};
  log_state out;
  out.is_in_use = sqlite::is_in_use(paths.directory);
  const auto files = segments::files_in(paths.log.string());
  // Before the log is read: a node may append meanwhile.
  const auto known = known_to(paths, *files);
  if (!known)
    return known.error();
  out.known_to = *known;
  auto found = segments::check(*files, segments_of(progress));
  if (!found)
    return found.error();
  out.log = std::move(*found);
  return out;
}

expected<log_repaired> repair_log(const fs::path& directory, timestamp now,
                                  const log_care_progress& progress) {
  const sqlite::data_paths paths{directory};
  if (!fs::exists(paths.log))
    return failure{ec::not_found, "there is no log in " + directory.string(), {}};
  const auto lock = sqlite::directory_lock::take(paths.lock);
  if (!lock)
    return lock.error();
  const auto found = check_log(directory, progress);
  if (!found)
    return found.error();
  log_repaired out;
  out.damages = found->log.damages;
  out.head = found->log.head;
  if (found->is_well())
    return out;
  if (auto room = find_room(paths.log, *found); !room)
    return room.error();
  const auto files = segments::files_in(paths.log.string());
  if (auto kept = keep_unfinished(*files, *found, out); !kept)
    return kept.error();
  auto mended = segments::repair(files, now, segments_of(progress));
  if (!mended)
    return mended.error();
  out.kept_in.insert(out.kept_in.end(), mended->kept_in.begin(), mended->kept_in.end());
  out.history = std::move(mended->history);
  auto kept = segments::kept_files(*files);
  if (!kept)
    return kept.error();
  const auto to = std::max({found->known_to, mended->lost_to, segments::last_of(*kept)});
  if (auto filled = log_filler{files, std::move(*kept), now, progress, out}.run(to); !filled)
    return filled.error();
  return out;
}

} // namespace carillon
