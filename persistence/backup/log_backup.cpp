#include "persistence/backup/log_backup.hpp"

#include "base/file/descriptor.hpp"
#include "persistence/backup/file_copy.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/histories.hpp"
#include "persistence/segments/opening.hpp"
#include "persistence/segments/sealing.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace carillon {

namespace {

constexpr size_t copy_piece_bytes = 1024UL * 1024;

/// The node may finish or replace a file while it is looked at.
constexpr int most_looks = 5;

/// Whether two seals are of the same events, at the same place of the chain. The node may have
/// compressed the file meanwhile, which changes neither.
bool same_content(const segments::seal& a, const segments::seal& b) {
  return a.first == b.first && a.last == b.last && a.content_bytes == b.content_bytes
         && a.content == b.content && a.before == b.before;
}

/// Opens a file of a backup.
expected<segments::segment_ptr> open_copy(const std::filesystem::path& directory,
                                          const segments::segment& x) {
  const auto files = segments::files_in(directory.string());
  segments::damage ignored;
  return segments::open_segment(*files, x.header().first, segments::file_layer::mode::read,
                                ignored);
}

} // namespace

expected<seen_log> see_log(const std::filesystem::path& log) {
  seen_log out;
  out.files = segments::files_in(log.string());
  segments::segment_options options;
  options.how = segments::segment_options::access::read;
  auto opened = segments::segment_store::open(out.files, options, wall_clock_now());
  for (int i = 1; i < most_looks && !opened && opened.error().code != ec::not_found; ++i)
    opened = segments::segment_store::open(out.files, options, wall_clock_now());
  if (!opened)
    return opened.error();
  out.store = std::move(*opened);
  const auto newest = out.store->log().all()->back();
  if (const int error = segments::sync_seen(newest->content()))
    return segments::disk_failure(error, out.files->path_of(newest->name()));
  out.histories = segments::histories_of(*out.files, out.store->log());
  return out;
}

expected<void> copy_events(const segments::segment& x, const std::filesystem::path& to) {
  const int error = write_durably_by(to, [&](int file) {
    std::string piece(copy_piece_bytes, '\0');
    for (uint64_t at = 0; at < x.end(); at += piece.size()) {
      piece.resize(std::min<uint64_t>(piece.size(), x.end() - at));
      const auto n = segments::read_all(x.content(), at, piece);
      if (n != static_cast<int64_t>(piece.size()))
        return n < 0 ? static_cast<int>(-n) : EIO;
      if (const int failed = write_all(file, piece))
        return failed;
    }
    // Without a seal a file has the length that its header says; the rest takes no room.
    return ::ftruncate(file, static_cast<off_t>(x.header().file_bytes)) == 0 ? 0 : errno;
  });
  return error == 0 ? expected<void>{} : segments::disk_failure(error, to.string());
}

bool is_segment(const std::filesystem::path& directory, const segments::segment& x) {
  const auto found = open_copy(directory, x);
  return found && (*found)->is_sealed() && (*found)->header() == x.header()
         && (*found)->summary() == x.summary();
}

expected<void> check_segment(const std::filesystem::path& directory, const segments::segment& x) {
  const auto file = (directory / x.name()).string();
  const auto copy = open_copy(directory, x);
  if (!copy && copy.error().code == ec::store_unavailable)
    return copy.error();
  if (!copy || !(*copy)->is_sealed() || (*copy)->header() != x.header()
      || !same_content((*copy)->summary(), x.summary()))
    return failure{ec::conflict,
                   file + ": the node replaced the file while it was copied; run the backup again",
                   {}};
  const auto computed = segments::compute_seal(**copy, nullptr);
  if (computed && computed->content == x.summary().content)
    return {};
  if (!computed && computed.error().code == ec::store_unavailable)
    return computed.error();
  return failure{ec::store_corrupt,
                 "the log is damaged: " + file
                   + " does not have what was sealed; see `carillon audit verify`",
                 {}};
}

} // namespace carillon
