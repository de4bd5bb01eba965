#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace carillon {

/// A sender or recipient of mail.
struct mailbox {
  /// UTF-8; may be empty.
  std::string name;
  /// See `is_mail_address`.
  std::string address;
};

/// TLS required from a server of `smtp://`.
enum class smtp_tls : uint8_t {
  /// STARTTLS, verified; for a server on this machine as `optional`.
  automatic,
  /// STARTTLS, verified, for every server.
  required,
  /// TLS is used if offered, but not verified without a `ca_file`.
  optional,
};

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
  /// Asked on any thread before each mail; if false, the queue waits. Empty = always true.
  std::function<bool()> may_send = {};
};

} // namespace carillon
