#pragma once

#include "node/commands/support/progress_bar.hpp"
#include "persistence/backup/backup.hpp"

#include <array>

namespace carillon::commands {

/// Progress of a backup or a restore, in bytes.
class backup_bar {
public:
  /// What tells it; not to outlive it.
  tell_backup teller() {
    return [this](const backup_progress& x) {
      bar_.show(names.at(static_cast<size_t>(x.stage)), x.done, x.total);
    };
  }

private:
  static constexpr std::array names{"bytes of the state", "bytes of the index", "bytes of the log",
                                    "bytes of files", "bytes verified"};

  progress_bar bar_;
};

} // namespace carillon::commands
