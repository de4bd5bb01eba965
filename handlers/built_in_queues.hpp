#pragma once

#include "handlers/email/mail_message.hpp"
#include "handlers/email/smtp/smtp_transport.hpp"
#include "handlers/worker_access.hpp"
#include "messages/jobs/queue.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// Options of mail and documents.
struct built_in_queue_options {
  /// See `parse_mail_url`; empty = `file:<data>/outbox`.
  std::string mail;
  mailbox from{.name = "Carillon", .address = "carillon@localhost"};
  /// Directory of custom templates; empty = the built-in ones.
  std::string templates;
  smtp_tls tls = smtp_tls::automatic;
  /// PEM file with the authorities for verifying mail servers; empty = the system's.
  std::string ca_file;
  /// Name of the client in EHLO; empty = the name of the machine.
  std::string hello;
  /// Most mails at a time; each has a connection.
  size_t mail_workers = 2;
  /// For one mail.
  std::chrono::milliseconds mail_timeout{30'000};
  /// Mails that a company's events may cause in an hour; 0 = no limit.
  size_t mail_company_rate = 1'000;
  /// Hosts that texts of events may link to in mails.
  std::vector<std::string> mail_link_hosts;
  /// Files of TrueType fonts for characters that DejaVu Sans lacks, in this order.
  std::vector<std::string> document_fonts;
  size_t document_workers = 1;
  /// Retention of documents; 0 = for ever.
  std::chrono::milliseconds documents_keep = std::chrono::hours{24 * 90};
};

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
expected<built_in_queues> make_built_in_queues(const built_in_queue_options& options,
                                               const std::string& data_directory,
                                               worker_access access);

/// A random text of 16 hexadecimal digits, stored in the file `installation` of a data directory.
/// Errors: `store_unavailable`.
expected<std::string> installation_id(const std::string& data_directory);

} // namespace carillon
