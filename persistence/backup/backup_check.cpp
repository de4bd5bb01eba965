#include "persistence/backup/backup_check.hpp"

#include <algorithm>

namespace carillon {

expected<position> verify_backup(const std::filesystem::path& backup, const tell_backup& tell) {
  const auto found = read_manifest(backup);
  if (!found)
    return found.error();
  if (auto right = verify_files(backup, *found, tell); !right)
    return right.error();
  return found->head;
}

expected<void> verify_files(const std::filesystem::path& backup, const backup_manifest& x,
                            const tell_backup& tell) {
  const auto total = x.bytes();
  uint64_t done = 0;
  for (const auto& file : x.files) {
    const auto found = digest_of(backup / file.at, [&](uint64_t bytes) {
      done += bytes;
      if (tell)
        tell({backup_stage::verification, done, std::max(done, total)});
    });
    if (!found && found.error().code != ec::not_found)
      return found.error();
    if (!found || *found != file.content)
      return failure{ec::store_corrupt,
                     (backup / file.at).string()
                       + (found ? " is not what was written: the backup is damaged"
                                : " is missing: the backup is damaged"),
                     {}};
  }
  return {};
}

} // namespace carillon
