#include "persistence/sqlite/held_files.hpp"

#include <system_error>
#include <utility>

namespace carillon::sqlite {

namespace {

failure replaced(const std::filesystem::path& file) {
  return {ec::store_locked,
          file.string()
            + " was removed or replaced while the node ran: what it writes would be lost",
          {}};
}

} // namespace

held_files::held_files(std::filesystem::path log) : log_(std::move(log)) {
}

void held_files::hold(const std::filesystem::path& file) {
  files_.push_back(file_identity::of(file));
}

expected<void> held_files::check(const segments::segment_list& log) const {
  for (const auto& x : files_)
    if (!x.is_same())
      return replaced(x.path());
  return check_log(log);
}

expected<void> held_files::check_log(const segments::segment_list& log) const {
  const auto all = log.all();
  if (all->empty())
    return {};
  const auto file = log_ / all->back()->name();
  const auto generation = all->back()->header().generation;
  const std::lock_guard guard{mutex_};
  // The name does not say it: after a failed write the writer replaces a file without events by
  // another that begins at the same position.
  if (log_generation_ != generation) {
    log_file_ = file_identity::of(file);
    log_generation_ = generation;
  }
  std::error_code error;
  if (log_file_.is_same() && (std::filesystem::exists(file, error) || error))
    return {};
  return replaced(file);
}

} // namespace carillon::sqlite
