#pragma once

#include "handlers/email/mail_message.hpp"
#include "handlers/email/smtp/smtp_transport.hpp"
#include "handlers/worker_access.hpp"
#include "messages/contacts/mail_options.hpp"
#include "messages/jobs/queue.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

class shared_files;

/// The queues `email` and `document`.
struct built_in_queues {
  job_queue email;
  job_queue document;
  /// For the log at start: the mail target, without a password.
  std::string mail_display;
  /// For the log at start: why order sheets are not available; empty = they are.
  std::string warning;
  /// Set it to abort running jobs.
  std::shared_ptr<std::atomic<bool>> stop;
};

/// Reads templates, finds fonts, makes directories below `data_directory`. Errors:
/// `invalid_argument` for a wrong setting, with the option as the field; `store_unavailable`.
/// @param shared where documents are kept instead of a directory; may be null
expected<built_in_queues> make_built_in_queues(const built_in_queue_options& options,
                                               const std::string& data_directory,
                                               worker_access access,
                                               std::shared_ptr<shared_files> shared = nullptr);

/// A random text of 16 hexadecimal digits, stored in the file `installation` of a data directory,
/// or in the database, for which the file's is the first proposal. Errors: `store_unavailable`.
expected<std::string> installation_id(const std::string& data_directory,
                                      shared_files* shared = nullptr);

} // namespace carillon
